//! One rule: what is done with which keys.

use std::fmt;
use std::str::FromStr;

use super::pattern::Pattern;

const LONGEST_KEY: usize = 256;

/// `drop:KEY`, `mask:KEY` or `hash:KEY`; a `*` in the key stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) action: Action,
    pub(super) keys: Pattern,
}

/// What is done with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Key and value go.
    Drop,
    /// The key stays, and says that there was a value.
    Mask,
    /// The key stays, and equal values stay equal.
    Hash,
    /// Key and value stay: it was hashed before.
    Leave,
}

/// Why a text is no [`Rule`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadRule {
    /// It has no action before a colon.
    NoAction(String),
    /// Its action is none that there is.
    UnknownAction(String, String),
    /// It has no key after the colon.
    NoKey(String),
    /// Its key can be none of an attribute.
    BadKey(String),
}

impl Rule {
    pub(super) fn dropping(keys: &str) -> Self {
        Self { action: Action::Drop, keys: Pattern::new(keys) }
    }
}

impl FromStr for Rule {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        let (action, keys) = text.split_once(':').ok_or_else(|| BadRule::NoAction(text.to_owned()))?;
        let action = match action {
            "drop" => Action::Drop,
            "mask" => Action::Mask,
            "hash" => Action::Hash,
            other => return Err(BadRule::UnknownAction(text.to_owned(), other.to_owned())),
        };
        if keys.is_empty() {
            return Err(BadRule::NoKey(text.to_owned()));
        }
        if keys.len() > LONGEST_KEY
            || keys.chars().any(|it| it.is_whitespace() || it.is_control() || it == ',')
        {
            return Err(BadRule::BadKey(text.to_owned()));
        }
        Ok(Self { action, keys: Pattern::new(keys) })
    }
}

impl fmt::Display for BadRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAction(text) => {
                write!(
                    f,
                    "{text:?} does not say what to do: write drop:KEY, mask:KEY or hash:KEY, such as drop:user.email"
                )
            }
            Self::UnknownAction(text, action) => {
                write!(f, "{text:?}: {action:?} is no action; there are drop, mask and hash")
            }
            Self::NoKey(text) => {
                write!(f, "{text:?} names no key: write {text}KEY, such as {text}user.email")
            }
            Self::BadKey(text) => write!(
                f,
                "{text:?}: a key has no spaces, no commas and at most {LONGEST_KEY} bytes; give --redact once for each rule"
            ),
        }
    }
}

impl std::error::Error for BadRule {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_in_rules_say_what_to_change() {
        fn check(text: &str, expected: &str) {
            assert_eq!(text.parse::<Rule>().unwrap_err().to_string(), expected);
        }
        check(
            "user.email",
            r#""user.email" does not say what to do: write drop:KEY, mask:KEY or hash:KEY, such as drop:user.email"#,
        );
        check(
            "delete:user.email",
            r#""delete:user.email": "delete" is no action; there are drop, mask and hash"#,
        );
        check("DROP:user.email", r#""DROP:user.email": "DROP" is no action; there are drop, mask and hash"#);
        check("drop:", r#""drop:" names no key: write drop:KEY, such as drop:user.email"#);
        let many = "a key has no spaces, no commas and at most 256 bytes; give --redact once for each rule";
        check("drop:a,mask:b", &format!(r#""drop:a,mask:b": {many}"#));
        check("drop: user.email", &format!(r#""drop: user.email": {many}"#));
        let long = format!("drop:{}", "k".repeat(257));
        check(&long, &format!("{long:?}: {many}"));
    }

    #[test]
    fn a_rule_has_an_action_and_keys() {
        let rule: Rule = "hash:user.*".parse().unwrap();
        assert_eq!(rule, Rule { action: Action::Hash, keys: Pattern::new("user.*") });
        let rule: Rule = "mask:a:b".parse().unwrap();
        assert_eq!(rule, Rule { action: Action::Mask, keys: Pattern::new("a:b") });
    }
}
