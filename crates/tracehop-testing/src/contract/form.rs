//! One message that is sent to a service.

use opentelemetry::trace::{SpanId, TraceId};

use crate::Header;
use crate::vectors::{Expected, SPAN_ID, TRACE_ID, Vector};

/// One form in which a message carries a context, and what the service must make of it.
pub(super) struct Form {
    pub(super) name: String,
    pub(super) reason: String,
    pub(super) headers: Vec<Header>,
    pub(super) expected: Wanted,
}

/// What must come out.
pub(super) struct Wanted {
    /// The trace that is among the headers that are sent, in whatever form.
    pub(super) trace_id: TraceId,
    /// The span that must be continued, and whether it is sampled. `None` if the trace must not go on.
    pub(super) continued: Option<(SpanId, bool)>,
    pub(super) tracestate: Option<String>,
    pub(super) baggage: Vec<(String, String)>,
    /// Whether no more is known of what must come out than the trace.
    pub(super) trace_only: bool,
}

impl Form {
    /// `number` makes the trace one of its own: a message that comes out late is not taken for that of the next form.
    pub(super) fn of_vector(vector: &Vector, number: usize) -> Self {
        let Expected { context, tracestate, baggage, .. } = &vector.expected;
        let continued = context.map(|context| (context.span_id, context.flags.is_sampled()));
        Self::new(vector.name, vector.reason, vector.headers.clone(), number).wanting(
            continued,
            tracestate.clone(),
            baggage.clone(),
        )
    }

    /// A form whose headers have the [ids of the vectors](crate::vectors). Nothing is wanted of it yet.
    pub(super) fn new(
        name: impl Into<String>,
        reason: impl Into<String>,
        headers: Vec<Header>,
        number: usize,
    ) -> Self {
        let own = own_trace(number);
        let headers = headers.into_iter().map(|(name, value)| (name, value.map(|value| mark(&value, &own))));
        let trace_id = TraceId::from_hex(&own).unwrap_or(TraceId::INVALID);
        Self {
            name: name.into(),
            reason: reason.into(),
            headers: headers.collect(),
            expected: Wanted {
                trace_id,
                continued: None,
                tracestate: None,
                baggage: Vec::new(),
                trace_only: false,
            },
        }
    }

    pub(super) fn wanting(
        mut self,
        continued: Option<(SpanId, bool)>,
        tracestate: Option<String>,
        baggage: Vec<(String, String)>,
    ) -> Self {
        self.expected = Wanted { continued, tracestate, baggage, ..self.expected };
        self
    }

    /// The span of the vectors must be continued, or none. Of the other headers nothing is known.
    pub(super) fn hostile(mut self, has_context: bool) -> Self {
        let span = SpanId::from_hex(SPAN_ID).unwrap_or(SpanId::INVALID);
        let continued = has_context.then_some((span, true));
        self.expected = Wanted { continued, trace_only: true, ..self.expected };
        self
    }
}

/// [`TRACE_ID`] with a number in place of its end. It has digits only, as that one has.
pub(super) fn own_trace(number: usize) -> String {
    let start: String = TRACE_ID.chars().take(24).collect();
    format!("{start}{:08}", number + 1)
}

/// The value with another trace id in place of [`TRACE_ID`], as text or as bytes.
fn mark(value: &[u8], own: &str) -> Vec<u8> {
    let bytes = |id: &str| TraceId::from_hex(id).unwrap_or(TraceId::INVALID).to_bytes();
    let text = replace(value, TRACE_ID.as_bytes(), own.as_bytes());
    replace(&text, &bytes(TRACE_ID), &bytes(own))
}

/// Both have the same length.
fn replace(value: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut replaced = value.to_vec();
    let mut at = 0;
    while let Some(found) =
        replaced.get(at..).and_then(|rest| rest.windows(old.len()).position(|part| part == old))
    {
        replaced.splice(at + found..at + found + old.len(), new.iter().copied());
        at += found + new.len();
    }
    replaced
}
