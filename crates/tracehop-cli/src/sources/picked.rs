//! What is asked for.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::TraceId;
use tracehop_journey::JourneyId;

use super::trace_text::{BadTraceId, trace_id};

/// What is asked for: one journey by its id, or those of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picked {
    /// The journey that has this id, or else those that this span is in.
    Journey(JourneyId),
    /// The journeys that run through this trace.
    OfTrace(TraceId),
}

impl Picked {
    /// The trace where to begin.
    pub fn trace(self) -> TraceId {
        match self {
            Self::Journey(id) => id.0.0,
            Self::OfTrace(trace) => trace,
        }
    }
}

impl From<TraceId> for Picked {
    fn from(trace: TraceId) -> Self {
        Self::OfTrace(trace)
    }
}

impl FromStr for Picked {
    type Err = BadTraceId;

    fn from_str(text: &str) -> Result<Self, BadTraceId> {
        let text = text.trim();
        // Some leave out leading zeros.
        match format!("{text:0>49}").parse() {
            Ok(id) => Ok(Self::Journey(id)),
            Err(_) => trace_id(text).map(Self::OfTrace),
        }
    }
}

impl fmt::Display for Picked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Journey(id) => write!(f, "journey {id}"),
            Self::OfTrace(trace) => write!(f, "trace {trace}"),
        }
    }
}
