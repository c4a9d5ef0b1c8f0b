//! What is wrong.

use serde::Serialize;
use tracehop_journey::{JourneyId, Trouble, TroubleKind};

use super::numbers::unix_nanos;

/// One thing that is wrong.
#[derive(Debug, Serialize)]
pub(crate) struct TroubleJson<'a> {
    kind: &'static str,
    title: &'a str,
    about: &'a str,
    count: u64,
    last_unix_ns: Option<u64>,
    journeys: &'a [JourneyId],
    means: &'a str,
    advice: &'a str,
}

/// The kind's name in addresses and in JSON.
pub(crate) fn kind_text(kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::NotHandled => "not_handled",
        TroubleKind::DeadLetters => "dead_letters",
        TroubleKind::PoisonMessage => "poison_message",
        TroubleKind::RetryStorm => "retry_storm",
        TroubleKind::NoContext => "no_context",
        TroubleKind::RepeatedContext => "repeated_context",
        TroubleKind::ClockSkew => "clock_skew",
        TroubleKind::Dropped => "dropped",
        _ => "other",
    }
}

impl<'a> From<&'a Trouble> for TroubleJson<'a> {
    fn from(trouble: &'a Trouble) -> Self {
        Self {
            kind: kind_text(trouble.kind),
            title: &trouble.title,
            about: &trouble.about,
            count: trouble.count,
            last_unix_ns: trouble.last.map(unix_nanos),
            journeys: &trouble.journeys,
            means: &trouble.means,
            advice: &trouble.advice,
        }
    }
}
