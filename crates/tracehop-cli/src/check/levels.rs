//! A file of levels.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::hop_level::HopLevel;
use super::journey_level::JourneyLevel;
use super::levels_error::LevelsError;
use super::limits::Length;
use super::message_level::MessageLevel;

/// The version of the format that is read.
const VERSION: u64 = 1;

/// Service levels, read from a file in TOML.
///
/// ```
/// use tracehop_cli::check::Levels;
///
/// let error = Levels::parse("widnow = \"15m\"").unwrap_err();
/// assert_eq!(error.to_string(), "line 1: `widnow` is not known here; did you mean `window`?");
/// ```
#[derive(Clone, Debug)]
pub struct Levels {
    pub(super) window: Duration,
    pub(super) hops: Vec<HopLevel>,
    pub(super) journeys: Vec<JourneyLevel>,
    pub(super) messages: Vec<MessageLevel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "version")]
    _version: Option<u64>,
    #[serde(default = "quarter_of_an_hour")]
    window: Length,
    #[serde(default, deserialize_with = "hops")]
    hop: Vec<Spanned<HopLevel>>,
    #[serde(default, deserialize_with = "journeys")]
    journey: Vec<Spanned<JourneyLevel>>,
    #[serde(default, deserialize_with = "messages")]
    message: Vec<Spanned<MessageLevel>>,
}

/// Tables of one kind.
struct Tables<T> {
    expected: &'static str,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Tables<T> {
    type Value = Vec<Spanned<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut tables = Vec::new();
        while let Some(table) = list.next_element()? {
            tables.push(table);
        }
        Ok(tables)
    }
}

fn hops<'de, D: Deserializer<'de>>(tables: D) -> Result<Vec<Spanned<HopLevel>>, D::Error> {
    tables.deserialize_seq(Tables { expected: "[[hop]], with two brackets on each side", of: PhantomData })
}

fn journeys<'de, D: Deserializer<'de>>(tables: D) -> Result<Vec<Spanned<JourneyLevel>>, D::Error> {
    tables
        .deserialize_seq(Tables { expected: "[[journey]], with two brackets on each side", of: PhantomData })
}

fn messages<'de, D: Deserializer<'de>>(tables: D) -> Result<Vec<Spanned<MessageLevel>>, D::Error> {
    tables
        .deserialize_seq(Tables { expected: "[[message]], with two brackets on each side", of: PhantomData })
}

#[derive(Deserialize)]
struct JustVersion {
    version: Option<Spanned<u64>>,
}

fn quarter_of_an_hour() -> Length {
    Length(Duration::from_secs(15 * 60))
}

impl Levels {
    /// Reads a file of levels.
    ///
    /// # Errors
    ///
    /// If it is not TOML, or says what is not known, or says nothing to check.
    pub fn parse(file: &str) -> Result<Self, LevelsError> {
        // A file of a later version may have what is not known here: its version is the better answer.
        if let Ok(JustVersion { version: Some(version) }) = toml::from_str(file)
            && *version.get_ref() != VERSION
        {
            let why = format!(
                "version {} is not known here; this `tracehop` reads version {VERSION}",
                version.get_ref()
            );
            return Err(LevelsError::at(file, version.span().start, why));
        }
        let read: File = toml::from_str(file).map_err(|error| LevelsError::of_toml(file, &error))?;
        let hops = checked(file, read.hop, HopLevel::fault)?;
        let journeys = checked(file, read.journey, JourneyLevel::fault)?;
        let messages = checked(file, read.message, MessageLevel::fault)?;
        if hops.is_empty() && journeys.is_empty() && messages.is_empty() {
            let why = "there is nothing to check: add a [[hop]], a [[journey]] or a [[message]]";
            return Err(LevelsError::at(file, 0, why));
        }
        if read.window.0.is_zero() {
            return Err(LevelsError::at(file, 0, "window: nothing happens in no time; try \"15m\""));
        }
        Ok(Self { window: read.window.0, hops, journeys, messages })
    }

    /// How far back it looks.
    pub fn window(&self) -> Duration {
        self.window
    }

    /// The attributes that journeys are searched by.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.journeys.iter().flat_map(JourneyLevel::tags)
    }

    /// The same levels over another window.
    pub fn over(self, window: Duration) -> Self {
        Self { window, ..self }
    }
}

fn checked<T>(
    file: &str,
    levels: Vec<Spanned<T>>,
    fault: fn(&T) -> Option<&'static str>,
) -> Result<Vec<T>, LevelsError> {
    let check = |level: Spanned<T>| match fault(level.get_ref()) {
        Some(why) => Err(LevelsError::at(file, level.span().start, why)),
        None => Ok(level.into_inner()),
    };
    levels.into_iter().map(check).collect()
}
