use std::collections::HashMap;

use super::redact::Redact;
use crate::wildcard::Wildcard;

/// What becomes of each attribute: by the first rule whose pattern its key is like.
#[derive(Debug, Default)]
pub(super) struct Rules {
    all: Vec<Redact>,
    /// The first rule for each key that a rule names, so that most attributes take one look-up.
    plain: HashMap<Box<str>, usize>,
    patterns: Vec<(Wildcard, usize)>,
}

impl Rules {
    pub(super) fn new(rules: Vec<(Wildcard, Redact)>) -> Self {
        let mut read = Self::default();
        for (index, (pattern, redact)) in rules.into_iter().enumerate() {
            if pattern.is_plain() {
                read.plain.entry(pattern.as_str().into()).or_insert(index);
            } else {
                read.patterns.push((pattern, index));
            }
            read.all.push(redact);
        }
        read
    }

    /// `None` if no rule is about the key.
    pub(super) fn find(&self, key: &str) -> Option<&Redact> {
        let plain = self.plain.get(key).copied();
        let pattern = self.patterns.iter().find(|(pattern, _)| pattern.matches(key)).map(|(_, index)| *index);
        let first = match (plain, pattern) {
            (Some(plain), Some(pattern)) => plain.min(pattern),
            (found, other) => found.or(other)?,
        };
        self.all.get(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_is_about_a_key_counts() {
        let named = |text: &'static str| Redact::Replace(text.into());
        let rules = [
            ("enduser.role", Redact::Keep),
            ("enduser.*", named("first")),
            ("enduser.id", named("second")),
            ("card", named("third")),
            ("card", named("fourth")),
            ("c*", named("fifth")),
        ];
        let rules = Rules::new(rules.map(|(pattern, redact)| (Wildcard::new(pattern), redact)).into());
        for (key, expected) in [
            ("enduser.role", Some(Redact::Keep)),
            ("enduser.id", Some(named("first"))),
            ("card", Some(named("third"))),
            ("cards", Some(named("fifth"))),
            ("user", None),
            ("", None),
        ] {
            assert_eq!(rules.find(key), expected.as_ref(), "{key:?}");
        }
    }
}
