//! Patterns of names.

use std::fmt;
use std::sync::Arc;

/// The patterns that the names of destinations are made from, for example `orders.{id}.created`.
///
/// A name that matches a pattern can stand for many names: the pattern is what stands in span names, see
/// [`Destination::template`](crate::Destination::template). The patterns are read once, when this is made. It is cheap to
/// clone, because it is one pointer.
///
/// Names and patterns are divided into segments by dots. In a pattern:
///
/// - `{id}`, with any text or none between the braces, stands for any text within one segment, also for none. It may be a
///   part of a segment: `orders.eu-{shop}`. In one segment only the first counts, and what follows it is taken literally.
/// - `*`, as a whole segment, stands for one segment.
/// - `#`, as a whole segment, stands for any number of segments, also for none, as in a RabbitMQ binding. Only the first one
///   in a pattern does; it may stand anywhere.
/// - `>`, as the last segment, stands for one or more segments, as in a NATS subscription. After a `#` it does not.
/// - Everything else is taken literally: also a `>` that is not the last, a second `#`, a `*` beside other text, a brace
///   that is not closed within its segment, and an empty segment, which matches an empty segment.
///
/// ```
/// use tracehop::Templates;
///
/// let templates = Templates::new(["orders.{id}.created", "prices.>"]);
/// assert_eq!(templates.find("orders.42.created"), Some("orders.{id}.created"));
/// assert_eq!(templates.find("prices.eu.cake"), Some("prices.>"));
/// assert_eq!(templates.find("orders.42"), None);
/// ```
#[derive(Clone, Default)]
pub struct Templates(Arc<[Template]>);

impl Templates {
    /// These patterns. Where a name matches several, the first of them counts.
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Self {
        patterns.into_iter().collect()
    }

    /// The first pattern that `name` matches, as it was written. It takes time in proportion to the name's length for each
    /// pattern, whatever the name is, and allocates nothing.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|template| template.matches(name)).map(|template| &*template.pattern)
    }

    /// Whether there are no patterns.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<P: AsRef<str>> FromIterator<P> for Templates {
    fn from_iter<I: IntoIterator<Item = P>>(patterns: I) -> Self {
        Self(patterns.into_iter().map(|pattern| Template::new(pattern.as_ref())).collect())
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|template| &template.pattern)).finish()
    }
}

/// One pattern, divided.
struct Template {
    pattern: Box<str>,
    /// From the beginning of a name.
    first: Vec<Segment>,
    between: Between,
    /// To the end of a name.
    last: Vec<Segment>,
}

/// What may stand between the first and the last segments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Between {
    Nothing,
    Anything,
    AtLeastOne,
}

impl Template {
    fn new(pattern: &str) -> Self {
        let mut segments: Vec<&str> = pattern.split('.').collect();
        let many = segments.iter().position(|segment| *segment == "#");
        let (between, last) = match many {
            Some(at) => (Between::Anything, segments.split_off(at).split_off(1)),
            None if segments.last() == Some(&">") => {
                segments.pop();
                (Between::AtLeastOne, Vec::new())
            }
            None => (Between::Nothing, Vec::new()),
        };
        let compile = |segments: Vec<&str>| segments.into_iter().map(Segment::new).collect();
        Self { pattern: pattern.into(), first: compile(segments), between, last: compile(last) }
    }

    fn matches(&self, name: &str) -> bool {
        let mut rest = name.split('.');
        let fits = |segment: &Segment, text: Option<&str>| text.is_some_and(|text| segment.matches(text));
        self.first.iter().all(|segment| fits(segment, rest.next()))
            && self.last.iter().rev().all(|segment| fits(segment, rest.next_back()))
            && match self.between {
                Between::Nothing => rest.next().is_none(),
                Between::Anything => true,
                Between::AtLeastOne => rest.next().is_some(),
            }
    }
}

/// One segment of a pattern.
enum Segment {
    Literal(Box<str>),
    /// Any text between these two.
    Variable {
        before: Box<str>,
        after: Box<str>,
    },
}

impl Segment {
    fn new(text: &str) -> Self {
        let braces = || {
            let (before, rest) = text.split_once('{')?;
            let (_, after) = rest.split_once('}')?;
            Some((before, after))
        };
        let parts = if text == "*" { Some(("", "")) } else { braces() };
        match parts {
            Some((before, after)) => Self::Variable { before: before.into(), after: after.into() },
            None => Self::Literal(text.into()),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => &**literal == text,
            Self::Variable { before, after } => {
                text.strip_prefix(&**before).is_some_and(|rest| rest.ends_with(&**after))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_matches_as_its_pattern_says() {
        for (pattern, name, expected) in [
            ("orders.{id}.created", "orders.42.created", true),
            ("orders.{id}.created", "orders.42.paid", false),
            ("orders.{id}.created", "orders.42", false),
            ("orders.{id}.created", "orders.42.7.created", false),
            ("orders.{id}.created", "orders..created", true),
            ("orders.{}", "orders.42", true),
            ("orders.eu-{shop}-v2", "orders.eu-7-v2", true),
            ("orders.eu-{shop}-v2", "orders.eu-v2", false),
            ("a{x}a", "a", false),
            ("a{x}a", "aa", true),
            ("user.*.created", "user.42.created", true),
            ("user.*.created", "user.created", false),
            ("*", "orders", true),
            ("*", "orders.new", false),
            ("orders.#", "orders", true),
            ("orders.#", "orders.42.new", true),
            ("orders.#", "order", false),
            ("#", "", true),
            ("#", "orders.42", true),
            ("#.created", "orders.42.created", true),
            ("#.created", "created", true),
            ("orders.#.created", "orders.created", true),
            ("orders.#.created", "orders", false),
            ("a.#.a", "a", false),
            ("a.#.a", "a.a", true),
            ("prices.>", "prices.eu.cake", true),
            ("prices.>", "prices", false),
            (">", "prices", true),
            // What is taken literally.
            (">.new", "prices.new", false),
            (">.new", ">.new", true),
            ("#.a.#", "x.a.x", false),
            ("#.a.#", "x.a.#", true),
            ("#.>", "x", false),
            ("#.>", "x.>", true),
            ("a*", "ab", false),
            ("a*", "a*", true),
            ("{id", "42", false),
            ("{id", "{id", true),
            ("{a.b}", "42", false),
            ("{a.b}", "{a.b}", true),
            ("{a}{b}", "42", false),
            ("{a}{b}", "42{b}", true),
            ("a..b", "a..b", true),
            ("a..b", "a.x.b", false),
            ("", "", true),
            ("", "a", false),
        ] {
            let templates = Templates::new([pattern]);
            assert_eq!(templates.find(name), expected.then_some(pattern), "{pattern:?} and {name:?}");
        }
    }

    #[test]
    fn the_first_pattern_counts() {
        let templates = Templates::new(["orders.{id}", "orders.#", "#"]);
        assert_eq!(templates.find("orders.42"), Some("orders.{id}"));
        assert_eq!(templates.find("orders"), Some("orders.#"));
        assert_eq!(templates.find("prices"), Some("#"));
        assert_eq!(format!("{templates:?}"), r##"["orders.{id}", "orders.#", "#"]"##);
        assert!(!templates.is_empty());
        assert!(Templates::default().is_empty() && Templates::default().find("orders").is_none());
    }

    /// Tries every way of sharing out the segments.
    fn naive(pattern: &[&str], name: &[&str]) -> bool {
        match (pattern, name) {
            (["#", pattern @ ..], _) => (0..=name.len()).any(|taken| naive(pattern, &name[taken..])),
            ([], []) | ([">"], [_, ..]) => true,
            (["*" | "{x}", pattern @ ..], [_, name @ ..]) => naive(pattern, name),
            (["a{x}b", pattern @ ..], [text, name @ ..]) => {
                text.len() >= 2 && text.starts_with('a') && text.ends_with('b') && naive(pattern, name)
            }
            ([literal, pattern @ ..], [text, name @ ..]) => literal == text && naive(pattern, name),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_what_a_naive_matcher_matches(
            first in prop::collection::vec(prop::sample::select(vec!["a", "b", "", "*", "{x}", "a{x}b"]), 0..4),
            last in prop::collection::vec(prop::sample::select(vec!["a", "b", "", "*", "{x}", "a{x}b"]), 0..3),
            between in prop::sample::select(vec!["", "#", ">"]),
            name in prop::collection::vec(prop::sample::select(vec!["a", "b", "", "ab", "axb", "#"]), 1..7),
        ) {
            let mut pattern = first;
            match between {
                "#" => {
                    pattern.push("#");
                    pattern.extend(last);
                }
                ">" => pattern.push(">"),
                _ => pattern.extend(last),
            }
            prop_assume!(!pattern.is_empty());
            let templates = Templates::new([pattern.join(".")]);
            prop_assert_eq!(templates.find(&name.join(".")).is_some(), naive(&pattern, &name));
        }

        #[test]
        fn no_pattern_and_no_name_panics(pattern in "[ab.#>*{}é]{0,12}", name in "[ab.#>*{}é]{0,12}") {
            let templates = Templates::new([&pattern]);
            prop_assert!(templates.find(&name).is_none_or(|found| found == pattern));
        }
    }
}
