//! What is searched for.

use std::fmt::{self, Display, Write};
use std::time::Duration;

use tracehop_journey::Outcome;

use super::field::Field;
use super::pattern::{Pattern, quoted};
use super::trace_prefix::TracePrefix;
use crate::duration_text::Exact;

/// What is searched for: all of its terms must hold. Without terms every journey is found.
///
/// Its text is a search that means the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    pub(super) terms: Vec<Wanted>,
}

/// One term: something must hold, or must not.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) negated: bool,
    pub(super) fact: Fact,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    /// The journey's name has this in it.
    Name(Pattern),
    /// One of the field's values is like one of these.
    Text(Field, Box<[Pattern]>),
    Status(Box<[Outcome]>),
    Trace(Box<[TracePrefix]>),
    Number(Field, Comparison, u64),
    Length(Field, Comparison, Duration),
    /// An attribute that was named to be searched has one of these values.
    Tag(Box<str>, Box<[Pattern]>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    More,
    AtLeast,
    Less,
    AtMost,
}

/// The names of what may become of a journey; the first one of each is printed.
pub(super) const OUTCOMES: [(&str, Outcome); 9] = [
    ("ok", Outcome::Ok),
    ("failed", Outcome::Failed),
    ("dead_lettered", Outcome::DeadLettered),
    ("waiting", Outcome::Waiting),
    ("error", Outcome::Failed),
    ("dead-lettered", Outcome::DeadLettered),
    ("deadlettered", Outcome::DeadLettered),
    ("dead", Outcome::DeadLettered),
    ("pending", Outcome::Waiting),
];

impl Query {
    /// Whether every journey is found.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The attributes that are asked for.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.fact {
            Fact::Tag(key, _) => Some(&**key),
            _ => None,
        })
    }
}

impl Comparison {
    pub(super) fn holds<T: Copy + PartialOrd>(self, value: T, limit: T) -> bool {
        match self {
            Self::Equal => value == limit,
            Self::More => value > limit,
            Self::AtLeast => value >= limit,
            Self::Less => value < limit,
            Self::AtMost => value <= limit,
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => ":",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
        })
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, term) in self.terms.iter().enumerate() {
            if place > 0 {
                f.write_char(' ')?;
            }
            write!(f, "{term}")?;
        }
        Ok(())
    }
}

impl Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_char('-')?;
        }
        match &self.fact {
            Fact::Name(pattern) => {
                let text = pattern.to_string();
                // Unquoted it would be taken for a trace.
                if is_trace_id(&text) { write!(f, "\"{text}\"") } else { f.write_str(&text) }
            }
            Fact::Text(field, patterns) => write!(f, "{}:{}", field.name(), Or(patterns)),
            Fact::Status(outcomes) => {
                let name = |outcome: &Outcome| OUTCOMES.iter().find(|(_, other)| other == outcome);
                let names: Vec<&str> = outcomes.iter().filter_map(name).map(|(name, _)| *name).collect();
                write!(f, "{}:{}", Field::Status.name(), Or(&names))
            }
            Fact::Trace(prefixes) => write!(f, "{}:{}", Field::Trace.name(), Or(prefixes)),
            Fact::Number(field, comparison, number) => write!(f, "{}{comparison}{number}", field.name()),
            Fact::Length(field, comparison, length) => {
                write!(f, "{}{comparison}{}", field.name(), Exact(*length))
            }
            Fact::Tag(key, patterns) => write!(f, "{}:{}", tag_key(key), Or(patterns)),
        }
    }
}

/// The key of an attribute as it must be written in a search.
pub(super) fn tag_key(key: &str) -> String {
    let is_plain = key.chars().all(is_of_a_key) && !key.starts_with('-');
    if is_plain && Field::named(key).is_none() && Field::nearest(key).is_none() {
        return key.to_owned();
    }
    let text = quoted(key);
    if text.starts_with('"') { text } else { format!("\"{text}\"") }
}

/// What may stand in the key of a term without quotes.
pub(super) fn is_of_a_key(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@')
}

pub(super) fn is_trace_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Alternatives.
struct Or<'a, T>(&'a [T]);

impl<T: Display> Display for Or<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, alternative) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_char(',')?;
            }
            write!(f, "{alternative}")?;
        }
        Ok(())
    }
}
