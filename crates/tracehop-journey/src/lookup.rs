//! Spans by their identity, wherever they are kept.

use crate::span::JourneySpan;
use crate::span_parts::SpanKey;

/// Where spans are found by their identity.
pub(crate) trait Lookup {
    fn span(&self, key: SpanKey) -> Option<&JourneySpan>;
}
