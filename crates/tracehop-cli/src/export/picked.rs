//! Which journey is meant.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::TraceId;
use tracehop_journey::{Journey, JourneyId};

use crate::sources::{BadTraceId, trace_id};

/// Which journey is meant: one by its id, or the first one of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Picked {
    Journey(JourneyId),
    OfTrace(TraceId),
}

impl Picked {
    pub(super) fn trace(self) -> TraceId {
        match self {
            Self::Journey(id) => id.0.0,
            Self::OfTrace(trace) => trace,
        }
    }

    /// The journey that is meant, and what to say about the choice.
    pub(super) fn of(
        self,
        journeys: Vec<(JourneyId, Journey)>,
    ) -> Option<((JourneyId, Journey), Option<String>)> {
        let count = journeys.len();
        let mut journeys = journeys.into_iter();
        match self {
            Self::Journey(wanted) => {
                let is_it = |(id, journey): &(JourneyId, Journey)| {
                    *id == wanted || journey.spans().any(|span| span.key() == wanted.0)
                };
                journeys.find(is_it).map(|found| (found, None))
            }
            Self::OfTrace(_) => {
                let first = journeys.next()?;
                let others = journeys.take(5).map(|(id, _)| id.to_string()).collect::<Vec<_>>().join(", ");
                let note = format!("The trace is in {count} journeys; this is the first. Others: {others}.");
                Some((first, (count > 1).then_some(note)))
            }
        }
    }
}

impl FromStr for Picked {
    type Err = BadTraceId;

    fn from_str(text: &str) -> Result<Self, BadTraceId> {
        match text.parse() {
            Ok(id) => Ok(Self::Journey(id)),
            Err(_) => trace_id(text).map(Self::OfTrace),
        }
    }
}

impl fmt::Display for Picked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journey(id) => write!(f, "journey {id}"),
            Self::OfTrace(trace) => write!(f, "journey of trace {trace}"),
        }
    }
}
