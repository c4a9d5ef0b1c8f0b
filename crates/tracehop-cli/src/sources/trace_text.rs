//! Trace ids as people copy them.

use std::fmt;

use opentelemetry::trace::TraceId;

/// Why a text is no trace id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadTraceId(String);

/// Reads a trace id as people copy it: 32 hex digits, fewer if leading zeros were left out, or the whole of a `traceparent`.
///
/// # Errors
///
/// If it is none.
pub fn trace_id(text: &str) -> Result<TraceId, BadTraceId> {
    let bad = || BadTraceId(text.chars().take(80).collect());
    let digits = match text.trim().split('-').collect::<Vec<_>>()[..] {
        [digits] | [_, digits, _, _] => digits,
        // A journey's id: its first span is in its first trace.
        [digits, span] if span.len() == 16 => digits,
        _ => return Err(bad()),
    };
    if digits.len() > 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(bad());
    }
    let id = u128::from_str_radix(digits, 16).map_err(|_| bad())?;
    let id = TraceId::from_bytes(id.to_be_bytes());
    if id == TraceId::INVALID { Err(bad()) } else { Ok(id) }
}

impl fmt::Display for BadTraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no trace id: it has 32 hex digits, such as 4bf92f3577b34da6a3ce929d0e0e4736",
            self.0
        )
    }
}

impl std::error::Error for BadTraceId {}
