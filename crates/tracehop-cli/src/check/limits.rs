//! What a file of levels sets limits with.

use std::fmt;
use std::time::Duration;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use crate::duration_text;
use crate::search::{Pattern, Query};

/// A duration, such as `500ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length(pub(super) Duration);

/// A share, such as `1%`: from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share(pub(super) f64);

/// A name of a destination, a service or a group; `*` stands for anything. What has no name has an empty one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    pub(super) text: String,
    pattern: Pattern,
}

/// How many must have been measured: at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AtLeast(pub(super) u64);

/// How often one message may be tried: at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tries(pub(super) u32);

/// Which journeys are meant, in the grammar of the search box.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Search(pub(super) Query);

/// Limits on percentiles of durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "limits, such as { p95 = \"500ms\" }")]
pub(super) struct Limits {
    p50: Option<Length>,
    p75: Option<Length>,
    p90: Option<Length>,
    p95: Option<Length>,
    p99: Option<Length>,
    max: Option<Length>,
}

/// One limit on a percentile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Percentile {
    pub(super) name: &'static str,
    /// 1 to 100.
    pub(super) percent: u64,
    pub(super) limit: Duration,
}

impl Limits {
    pub(super) fn percentiles(self) -> impl Iterator<Item = Percentile> {
        let rows = [
            ("p50", 50, self.p50),
            ("p75", 75, self.p75),
            ("p90", 90, self.p90),
            ("p95", 95, self.p95),
            ("p99", 99, self.p99),
            ("max", 100, self.max),
        ];
        rows.into_iter()
            .filter_map(|(name, percent, limit)| Some(Percentile { name, percent, limit: limit?.0 }))
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl Default for AtLeast {
    fn default() -> Self {
        Self(1)
    }
}

impl Name {
    /// As a report shows it: an empty one would not be seen.
    pub(super) fn shown(&self) -> &str {
        if self.text.is_empty() { "(no name)" } else { &self.text }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.pattern.matches(name)
    }
}

/// Whether `name` is wanted, where anything is if nothing was said.
pub(super) fn allows(wanted: Option<&Name>, name: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| name.map_or(wanted.text.is_empty(), |name| wanted.matches(name)))
}

/// Reads a value from a text, and says of anything else what should stand there.
struct FromText<F> {
    expected: &'static str,
    read: F,
}

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for FromText<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read =
            |text: &str| duration_text::parse(text).map(Self).map_err(|error| format!("{text:?}: {error}"));
        deserializer.deserialize_str(FromText { expected: "a duration in quotes, such as \"500ms\"", read })
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a share in quotes, such as \"1%\"";
        let read = |text: &str| {
            let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
            let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
            percent.map(|percent| Self(percent / 100.0)).ok_or_else(|| format!("{text:?} is not {expected}"))
        };
        deserializer.deserialize_str(FromText { expected, read })
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |text: &str| Ok(Self { text: text.to_owned(), pattern: Pattern::plain(text) });
        deserializer.deserialize_str(FromText { expected: "a name in quotes, such as \"orders\"", read })
    }
}

/// Reads a whole number from 1 up.
struct Number {
    expected: &'static str,
}

impl Visitor<'_> for Number {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<u32, E> {
        let read = u32::try_from(number).ok().filter(|&number| number > 0);
        read.ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
        let read = u32::try_from(number).ok().filter(|&number| number > 0);
        read.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

impl<'de> Deserialize<'de> for AtLeast {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a whole number from 1 up: nothing measured is no pass";
        deserializer.deserialize_u64(Number { expected }).map(|number| Self(number.into()))
    }
}

impl<'de> Deserialize<'de> for Tries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "a whole number from 1 up: the first time is a try, too";
        deserializer.deserialize_u64(Number { expected }).map(Self)
    }
}

impl<'de> Deserialize<'de> for Search {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |text: &str| {
            let parsed = Query::parse(text);
            let Some(missed) = parsed.not_understood.into_iter().next() else {
                return Ok(Self(parsed.query));
            };
            let suggestion =
                missed.suggestion.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
            Err(format!("`{}`: {}{suggestion}", missed.text, missed.why))
        };
        deserializer
            .deserialize_str(FromText { expected: "a search in quotes; \"\" finds every journey", read })
    }
}
