//! A way to write a context into headers.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags};

use super::baggage_filter::BaggageFilter;
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
    /// The names of the headers that it found, for a [report](super::ExtractReport).
    pub(super) names: Vec<String>,
}

impl Found {
    /// A format that found `names` makes this of them; `None` if they are malformed.
    pub(super) fn new(names: Vec<String>, creation: Option<CreationContext>) -> Self {
        let problem = (creation.is_none() && !names.is_empty()).then_some(Problem::MalformedOther);
        Self { creation: creation.unwrap_or_default(), problem, dropped_baggage: 0, names }
    }

    /// What became of its headers, if the format's context was taken or was not.
    pub(super) fn outcome(&self, is_taken: bool) -> HeaderOutcome {
        match self.problem {
            Some(_) => HeaderOutcome::Malformed,
            None if is_taken => HeaderOutcome::Taken,
            None => HeaderOutcome::Superseded,
        }
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
        let parent = self.cx.span();
        let parent = parent.span_context();
        if parent.trace_id() == self.span.trace_id() {
            traceparent::keep_random(self.span.trace_flags(), parent.trace_flags())
        } else {
            self.span.trace_flags()
        }
    }

    /// Whether a member of the current baggage may be written.
    pub(super) fn allows(&self, key: &str) -> bool {
        self.baggage_out.is_none_or(|allowed| allowed(key))
    }
}
