//! One log record of a span.

use std::time::SystemTime;

use crate::span_parts::SpanKey;
use crate::text;
use crate::value::{Attribute, list_bytes};

/// How many bytes of a body are kept.
pub(crate) const MAX_BODY: usize = 4 * 1_024;

/// How many attributes are kept, and how many bytes they may take.
const MAX_ATTRIBUTES: usize = 64;
const MAX_BYTES: usize = 4 * 1_024;

/// One log record of a span. Its body is cut at 4 KiB. At most 64 attributes and 4 KiB of them are kept.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LogLine {
    /// The span that it was written in.
    pub span: SpanKey,
    /// When it was written.
    pub at: SystemTime,
    /// How severe it is, in the words of the logging library if it has any, such as `WARN`. It may be empty.
    pub severity: Box<str>,
    /// The message. What is no string is text in JSON.
    pub body: Box<str>,
    /// More about it.
    pub attributes: Box<[Attribute]>,
}

impl LogLine {
    /// A log record, cut to its bounds.
    pub fn new(
        span: SpanKey,
        at: SystemTime,
        severity: &str,
        body: &str,
        attributes: impl IntoIterator<Item = Attribute>,
    ) -> Self {
        let mut room = MAX_BYTES;
        let fits = |attribute: &Attribute| {
            let left = room.checked_sub(size_of::<Attribute>() + attribute.heap_bytes());
            room = left.unwrap_or(0);
            left.is_some()
        };
        Self {
            span,
            at,
            severity: text::bounded(severity),
            body: text::head(body, MAX_BODY).into(),
            attributes: attributes.into_iter().take(MAX_ATTRIBUTES).take_while(fits).collect(),
        }
    }

    /// What the record takes in memory, in bytes, as [`JourneySpan::bytes`](crate::JourneySpan::bytes) counts it.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + text::allocated(self.severity.len())
            + text::allocated(self.body.len())
            + list_bytes(&self.attributes)
    }
}
