//! All summaries of a window of time, as one JSON text.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::vec;

use serde::Deserialize;
use tracehop_journey::{JourneySummary, Outcome};

use super::form::{Summary, time, unix_nanos};
use super::names::Names;
use crate::duration_text;

/// The version of the form. A reader takes its own only.
const VERSION: u32 = 1;

/// Where a view answers with them.
pub const SUMMARIES_PATH: &str = "/api/v1/summaries";

/// Summaries as another program had them.
#[derive(Debug)]
pub struct Summaries {
    /// When they were read there, by its clock.
    pub made: SystemTime,
    /// The summaries.
    pub journeys: Vec<Arc<JourneySummary>>,
}

/// A text that is no list of summaries.
#[derive(Debug)]
pub enum WireError {
    /// It is of another version.
    Version(u32),
    /// It is not in this form.
    Form(String),
}

/// How long a part of the list is about.
const PART: usize = 256 * 1_024;

/// A list of summaries in parts, each as soon as it is asked for: the whole of it may be some hundred megabytes.
#[derive(Debug)]
pub struct Parts {
    made: SystemTime,
    rest: vec::IntoIter<Arc<JourneySummary>>,
    place: Place,
}

/// Where the next part begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Begin,
    Within,
    End,
}

#[derive(Deserialize)]
struct Body<'a> {
    version: u32,
    made: u64,
    #[serde(borrow)]
    journeys: Vec<Summary<'a>>,
}

#[derive(Deserialize)]
struct JustVersion {
    version: u32,
}

/// The JSON text of the journeys that were under way at some time in the window that ends at `made`.
pub fn parts(journeys: &[Arc<JourneySummary>], made: SystemTime, window: Duration) -> Parts {
    let begin = made.checked_sub(window).unwrap_or(SystemTime::UNIX_EPOCH);
    let is_in = |journey: &&Arc<JourneySummary>| {
        let ended = journey.started.checked_add(journey.duration);
        journey.outcome == Outcome::Waiting || ended.is_none_or(|ended| ended >= begin)
    };
    let journeys: Vec<_> = journeys.iter().filter(is_in).cloned().collect();
    Parts { made, rest: journeys.into_iter(), place: Place::Begin }
}

impl Iterator for Parts {
    type Item = serde_json::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.place == Place::End {
            return None;
        }
        let mut text = Vec::new();
        if self.place == Place::Begin {
            let made = unix_nanos(self.made);
            text.extend(format!("{{\"version\":{VERSION},\"made\":{made},\"journeys\":[").into_bytes());
        }
        while text.len() < PART {
            let Some(journey) = self.rest.next() else {
                text.extend(b"]}");
                self.place = Place::End;
                break;
            };
            if self.place == Place::Within {
                text.push(b',');
            }
            self.place = Place::Within;
            if let Err(error) = serde_json::to_writer(&mut text, &Summary::of(&journey)) {
                self.place = Place::End;
                return Some(Err(error));
            }
        }
        Some(Ok(text))
    }
}

/// Reads what [`parts`] wrote.
///
/// # Errors
///
/// If it is of another version, or in another form.
pub fn read(text: &[u8]) -> Result<Summaries, WireError> {
    let form = |error: serde_json::Error| WireError::Form(error.to_string());
    let body: Body<'_> = serde_json::from_slice(text).map_err(|error| {
        // A later version may look different altogether: that is the better answer.
        match serde_json::from_slice(text) {
            Ok(JustVersion { version }) if version != VERSION => WireError::Version(version),
            _ => form(error),
        }
    })?;
    if body.version != VERSION {
        return Err(WireError::Version(body.version));
    }
    let mut names = Names::default();
    let journeys = body.journeys.into_iter().map(|journey| {
        let journey = journey
            .read(&mut names)
            .map_err(|outcome| WireError::Form(format!("unknown outcome {outcome:?}")))?;
        Ok(Arc::new(journey))
    });
    Ok(Summaries { made: time(body.made), journeys: journeys.collect::<Result<_, _>>()? })
}

/// The window of time that a request asks for, such as `15m`.
///
/// # Errors
///
/// One line that says what is wrong.
pub fn window(text: &str) -> Result<Duration, String> {
    duration_text::parse(text).map_err(|error| format!("window={text}: {error}"))
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(theirs) => write!(
                f,
                "it answers in version {theirs} of the summaries, and this `tracehop` reads version {VERSION}: use the same version \
                 on both sides"
            ),
            Self::Form(error) => write!(f, "its answer is no list of summaries: {error}"),
        }
    }
}

impl std::error::Error for WireError {}
