//! What a store answered.

use crate::span::JourneySpan;

/// The spans in an answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The spans, of one trace or of several. Those without valid ids are left out.
    pub spans: Vec<JourneySpan>,
    /// Whether the store says that there are more, as Tempo does of traces that are too large for it.
    pub is_partial: bool,
}
