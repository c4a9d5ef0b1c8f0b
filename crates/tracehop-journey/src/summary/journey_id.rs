//! What identifies a journey.

use std::fmt;
use std::str::FromStr;

use opentelemetry::trace::{SpanId, TraceId};

use crate::span_parts::SpanKey;

/// What identifies a journey: the span that it begins with, or is known to begin with. Its text is `{trace id}-{span id}`, in hex.
///
/// ```
/// use tracehop_journey::JourneyId;
///
/// let id: JourneyId = "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7".parse()?;
/// assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7");
/// assert!("4bf92f35".parse::<JourneyId>().is_err());
/// # Ok::<(), tracehop_journey::NoJourneyId>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JourneyId(pub SpanKey);

/// A text that is not `{trace id}-{span id}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoJourneyId;

impl fmt::Display for JourneyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0.0, self.0.1)
    }
}

impl FromStr for JourneyId {
    type Err = NoJourneyId;

    fn from_str(text: &str) -> Result<Self, NoJourneyId> {
        let (trace, span) = text.split_once('-').ok_or(NoJourneyId)?;
        let is_hex = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_hex(trace, 32) || !is_hex(span, 16) {
            return Err(NoJourneyId);
        }
        let trace = TraceId::from_hex(trace).map_err(|_| NoJourneyId)?;
        let span = SpanId::from_hex(span).map_err(|_| NoJourneyId)?;
        Ok(Self((trace, span)))
    }
}

impl fmt::Display for NoJourneyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a journey's id is {trace id}-{span id}: 32 and 16 hex digits")
    }
}

impl std::error::Error for NoJourneyId {}

#[cfg(feature = "serde")]
impl serde::Serialize for JourneyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
