//! Patterns of names of destinations.

/// A name in which `*` stands for any text, also for none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(String);

impl Pattern {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether it is the pattern of this name. It takes at most the product of both lengths.
    pub(super) fn matches(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        // Each part may be taken where it is found first: what follows has the more room.
        let rest = parts.try_fold(rest, |rest, part| Some(rest.split_once(part)?.1));
        rest.is_some_and(|rest| rest.ends_with(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, matching, others) in [
            ("orders", &["orders"][..], &["", "order", "orders.new", "my orders"][..]),
            (
                "orders.*",
                &["orders.", "orders.new", "orders.new.eu", "orders.*"],
                &["orders", "old.orders.new"],
            ),
            ("*.dead", &[".dead", "orders.dead", "a.dead.dead"], &["orders.dead.old", "dead"]),
            ("*", &["", "orders"], &[]),
            ("a*b*c", &["abc", "aXbYc", "abbcc", "abcbc"], &["ab", "ac", "acb", "abcd"]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("", &[""], &["a"]),
            ("é*ü", &["éü", "éxü"], &["e", "é"]),
            ("**", &["", "x"], &[]),
        ] {
            let of = Pattern::new(pattern);
            for name in matching {
                assert!(of.matches(name), "{pattern} and {name}");
            }
            for name in others {
                assert!(!of.matches(name), "{pattern} and {name}");
            }
        }
    }
}
