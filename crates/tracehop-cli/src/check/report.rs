//! What a check found.

use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};
use tracehop_journey::JourneyId;

use super::amount::Amount;

/// What a check found: one finding for each limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// When it was checked, in JSON as nanoseconds since 1970.
    #[serde(serialize_with = "unix_nanos")]
    pub checked: SystemTime,
    /// How far back it looked, in JSON as nanoseconds.
    #[serde(serialize_with = "nanos")]
    pub window: Duration,
    /// How many journeys there were to look at.
    pub journeys: usize,
    /// Whether every limit held.
    pub holds: bool,
    /// What was found, in the order of the file.
    pub findings: Vec<Finding>,
}

/// What was found about one limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The level's name.
    pub level: String,
    /// What the level is about.
    pub kind: LevelKind,
    /// What was measured: `handled p95`, `errors`, `context`.
    pub what: String,
    /// What it may be at most; for `context` and `processed` it is the share that it must be at least.
    pub limit: Amount,
    /// What it is, or nothing if nothing was measured.
    pub measured: Option<Amount>,
    /// How many messages or journeys were measured.
    pub count: u64,
    /// How many there must be.
    pub at_least: u64,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Journeys that are beyond the limit or failed, also if the level as a whole holds: at most three, worst first.
    pub shown_by: Vec<JourneyId>,
}

/// What a level is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelKind {
    /// Messages from a send to a handler.
    Hop,
    /// Whole journeys.
    Journey,
    /// What every message must have.
    Message,
}

/// Whether a limit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Broken,
    /// Too little was measured to say so. That is no pass.
    NotMeasured,
}

impl Report {
    /// 0 if every limit holds, else 1.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(u8::from(!self.holds))
    }

    /// As text in JSON, with a line end.
    pub fn to_json(&self) -> String {
        // There is nothing in it that cannot be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    pub(super) fn number_of(&self, verdict: Verdict) -> usize {
        self.findings.iter().filter(|finding| finding.verdict == verdict).count()
    }
}

impl Finding {
    /// In one line: what is wrong, or what holds.
    pub fn sentence(&self) -> String {
        let limit = self.limit;
        let relation = if self.is_a_promise() { "≥" } else { "≤" };
        let (what, count, at_least) = (&self.what, self.count, self.at_least);
        match (self.verdict, self.measured) {
            (Verdict::NotMeasured, _) | (_, None) => {
                format!("{what} {relation} {limit}: only {count} measured, at least {at_least} are asked for")
            }
            (Verdict::Holds, Some(measured)) => {
                format!("{what} {relation} {limit}: it is {measured}, of {count}")
            }
            (Verdict::Broken, Some(measured)) => {
                format!("{what} {relation} {limit} is broken: it is {measured}, of {count}")
            }
        }
    }

    /// Whether the limit is the least that it must be.
    pub(super) fn is_a_promise(&self) -> bool {
        self.kind == LevelKind::Message
    }
}

fn unix_nanos<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    nanos(&time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(), serializer)
}

fn nanos<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
}
