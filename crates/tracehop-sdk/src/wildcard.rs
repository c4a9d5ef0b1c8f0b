/// A text in which `*` stands for any characters, also for none. Letter case counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wildcard(Box<str>);

impl Wildcard {
    pub(crate) fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into().into_boxed_str())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has no `*`, and so matches one text alone.
    #[cfg(feature = "redaction")]
    pub(crate) fn is_plain(&self) -> bool {
        !self.0.contains('*')
    }

    /// Whether it is what the whole text looks like.
    ///
    /// It takes no more steps than the pattern's length times the text's, and allocates nothing.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let (mut pattern, mut text) = (self.0.as_bytes(), text.as_bytes());
        // What follows the last `*`, and the text from where it stands for one character more.
        let mut retry: Option<(&[u8], &[u8])> = None;
        loop {
            match (pattern.split_first(), text.split_first()) {
                (Some((b'*', after)), _) => {
                    pattern = after;
                    retry = Some((after, text));
                    continue;
                }
                (Some((wanted, after)), Some((found, rest))) if wanted == found => {
                    (pattern, text) = (after, rest);
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            let Some((after, from)) = retry else { return false };
            let Some((_, shorter)) = from.split_first() else { return false };
            (pattern, text) = (after, shorter);
            retry = Some((after, shorter));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, expected) in [
            ("orders", "orders", true),
            ("orders", "orders.eu", false),
            ("orders", "Orders", false),
            ("orders*", "orders", true),
            ("orders*", "orders.eu", true),
            ("*.eu", "orders.eu", true),
            ("*.eu", "orders.eu.old", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*", "", true),
            ("**", "x", true),
            ("", "", true),
            ("", "x", false),
            ("*ä", "größe-ä", true),
            ("gr*e", "größe", true),
        ] {
            assert_eq!(Wildcard::new(pattern).matches(text), expected, "{pattern:?} {text:?}");
        }
    }

    /// What it has to be, told in another way.
    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', after)) => (0..=text.len()).any(|from| matches(after, &text[from..])),
            Some((wanted, after)) => {
                text.split_first().is_some_and(|(found, rest)| found == wanted && matches(after, rest))
            }
        }
    }

    proptest! {
        #[test]
        fn it_matches_what_the_definition_matches(pattern in "[ab*]{0,7}", text in "[ab]{0,9}") {
            let expected = matches(pattern.as_bytes(), text.as_bytes());
            prop_assert_eq!(Wildcard::new(pattern).matches(&text), expected);
        }
    }
}
