//! What each source can do.

use std::ops::Range;
use std::time::SystemTime;

use opentelemetry::trace::TraceId;
use tracehop_journey::query::Answer;

use super::gathered::Gathered;
use super::source_error::SourceError;

/// What each source can do.
pub(super) trait Engine {
    /// The spans of a trace.
    fn trace(&self, trace: TraceId) -> Result<Answer, SourceError>;

    /// Traces that link to these ones, found in this time. A part of the spans of each is enough: the trace is asked for then.
    fn linking(&self, traces: &[TraceId], window: &Range<SystemTime>) -> Result<Linking, SourceError>;

    /// The spans of at most so many traces of this time.
    fn within(&self, window: &Range<SystemTime>, most: usize) -> Result<Gathered, SourceError>;
}

/// Traces that link to others.
#[derive(Clone, Debug, Default)]
pub(super) struct Linking {
    /// Which they are.
    pub(super) traces: Vec<TraceId>,
    /// What was not searched, and why.
    pub(super) note: Option<String>,
}
