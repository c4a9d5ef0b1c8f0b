//! A way to write a context into headers.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags};

use super::baggage_filter::BaggageFilter;
use super::header_outcome::Tell;
use super::names::Header;
use super::{HeaderOutcome, Problem, Problems};
use crate::carrier::{Carrier, HeaderPatch};
use crate::codec::traceparent;
use crate::context::CreationContext;

/// A format of context headers beside those of the W3C, which the propagator knows by itself. A new format is a new file and
/// a line in [`Format`](super::Format).
///
/// Reading is total: what cannot be used is ignored, and a problem says why.
pub(super) trait ContextFormat: Send + Sync {
    /// The names of its headers, which are removed or replaced when another context is written.
    fn fields(&self) -> Vec<&str>;

    /// The beginnings of names that are removed or replaced too.
    fn prefixes(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether it says which span made the message. If it does not, a message that carries nothing else is sent with a
    /// context of its own.
    fn is_of_hop(&self) -> bool {
        true
    }

    /// Reads what the format finds in the headers.
    fn read(&self, carrier: &dyn Carrier) -> Found;

    /// `cx` with what the format finds beside a creation context, for example values of the application's own propagator.
    fn values_on(&self, cx: Context, carrier: &dyn Carrier) -> Context {
        let _ = carrier;
        cx
    }

    /// Writes a context into the patch, and tells what could not be written. What is written already stays.
    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems;
}

/// What a format found in one message.
#[derive(Default)]
pub(super) struct Found {
    pub(super) creation: CreationContext,
    pub(super) problem: Option<Problem>,
    /// How many members of its baggage were left out.
    pub(super) dropped_baggage: usize,
    /// The names of the headers that it found, for a [report](super::ExtractReport): of those that make the context, of those
    /// that do not count beside them, and of those that hold baggage.
    pub(super) names: Vec<String>,
    pub(super) superseded: Vec<String>,
    pub(super) members: Vec<String>,
}

impl Found {
    /// A format that found `names` makes this of them; `None` if they are malformed.
    pub(super) fn new(names: Vec<String>, creation: Option<CreationContext>) -> Self {
        let problem = (creation.is_none() && !names.is_empty()).then_some(Problem::MalformedOther);
        Self { creation: creation.unwrap_or_default(), problem, names, ..Self::default() }
    }

    /// Tells what became of its headers.
    pub(super) fn tell(&self, takes_context: bool, takes_baggage: bool, tell: &mut Tell<'_>) {
        let counts = |is_taken| if is_taken { HeaderOutcome::Taken } else { HeaderOutcome::Superseded };
        let outcome = if self.problem.is_some() { HeaderOutcome::Malformed } else { counts(takes_context) };
        for (names, header, outcome) in [
            (&self.names, Header::Traceparent, outcome),
            (&self.superseded, Header::Traceparent, HeaderOutcome::Superseded),
            (&self.members, Header::Baggage, counts(takes_baggage)),
        ] {
            for name in names {
                tell(name.as_bytes(), header, outcome);
            }
        }
    }
}

/// The flags of a span, with what belongs to its whole trace.
#[inline]
pub(super) fn outgoing_flags(span: &SpanContext, cx: &Context) -> TraceFlags {
    let parent = cx.span();
    let parent = parent.span_context();
    if parent.trace_id() == span.trace_id() {
        traceparent::keep_random(span.trace_flags(), parent.trace_flags())
    } else {
        span.trace_flags()
    }
}

/// What is to be written into one message.
#[derive(Clone, Copy)]
pub(super) struct OutgoingContext<'a> {
    /// The span that becomes the creation context. If it is invalid there is baggage at most.
    pub(super) span: &'a SpanContext,
    /// The context that the span was started in: baggage, and what a span context cannot hold.
    pub(super) cx: &'a Context,
    /// The members of baggage that the message has already and keeps, a validated text. Empty if there are none.
    pub(super) own_baggage: &'a str,
    /// Which members of the current baggage are written.
    pub(super) baggage_out: Option<&'a BaggageFilter>,
    /// The names on the message, if a format wants to know.
    pub(super) carrier: &'a dyn Carrier,
}

impl OutgoingContext<'_> {
    /// The flags of the span, with what belongs to its whole trace.
    #[inline]
    pub(super) fn flags(&self) -> TraceFlags {
        outgoing_flags(self.span, self.cx)
    }

    /// Whether a member of the current baggage may be written.
    pub(super) fn allows(&self, key: &str) -> bool {
        self.baggage_out.is_none_or(|allowed| allowed.allows(key))
    }
}
