//! Keys with wildcards.

use std::borrow::Cow;
use std::fmt;

/// A key in which each `*` stands for any characters, none and dots included. Capital letters are the same as small ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    head: Box<str>,
    /// What comes between and after the wildcards; without one the pattern is the key itself.
    rest: Box<[Box<str>]>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let mut parts = text.split('*').map(Box::from);
        Self { head: parts.next().unwrap_or_default(), rest: parts.collect() }
    }

    /// Whether `key` fits, which is [`small`]. It takes one pass over the key, whatever the pattern.
    pub(super) fn fits(&self, key: &str) -> bool {
        let Some((tail, middle)) = self.rest.split_last() else { return *self.head == *key };
        let Some(mut left) = key.strip_prefix(&*self.head) else { return false };
        for part in middle {
            let Some((_, after)) = left.split_once(&**part) else { return false };
            left = after;
        }
        left.ends_with(&**tail)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head)?;
        self.rest.iter().try_for_each(|part| write!(f, "*{part}"))
    }
}

/// A key in small letters: once for all the patterns that it is compared with.
pub(super) fn small(key: &str) -> Cow<'_, str> {
    if key.bytes().any(|byte| byte.is_ascii_uppercase()) {
        key.to_ascii_lowercase().into()
    } else {
        key.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same, slowly: each wildcard tries every length.
    fn fits_slowly(pattern: &str, key: &str) -> bool {
        match pattern.split_at_checked(1) {
            None => key.is_empty(),
            Some(("*", rest)) => (0..=key.len()).any(|at| fits_slowly(rest, &key[at..])),
            Some((letter, rest)) => key.strip_prefix(letter).is_some_and(|key| fits_slowly(rest, key)),
        }
    }

    proptest! {
        #[test]
        fn a_pattern_fits_what_it_says(pattern in "[ab*]{0,6}", key in "[ab]{0,8}") {
            prop_assert_eq!(Pattern::new(&pattern).fits(&key), fits_slowly(&pattern, &key));
        }
    }

    #[test]
    fn wildcards_stand_for_anything() {
        fn check(pattern: &str, key: &str, expected: bool) {
            assert_eq!(Pattern::new(pattern).fits(&small(key)), expected, "{pattern} {key}");
        }
        check("user.email", "user.email", true);
        check("user.email", "user.emails", false);
        check("user.email", "User.Email", true);
        check("User.*", "user.email", true);
        check("*.Email", "USER.EMAIL", true);
        check("user.*", "user.email", true);
        check("user.*", "user.", true);
        check("user.*", "user", false);
        check("*.email", "user.email", true);
        check("*.email", "user.email.hash", false);
        check("messaging.*.message.key", "messaging.kafka.message.key", true);
        check("messaging.*.message.key", "messaging.message.key", false);
        check("messaging.*message.key", "messaging.message.key", true);
        check("a*a", "a", false);
        check("a*a", "aa", true);
        check("a*b*a", "aba", true);
        check("a*b*a", "aa", false);
        check("a*bc*c", "abc", false);
        check("*", "", true);
        check("*", "anything", true);
        check("**", "anything", true);
        check("*é*", "cliché", true);
        check("", "", true);
        check("", "a", false);
    }
}
