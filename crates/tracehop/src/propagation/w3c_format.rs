//! [W3C Trace Context level 2] and [W3C Baggage], the formats that are built in.
//!
//! Both are read in one walk over the headers, because looking a name up costs more than all else that is done with it.
//! That walk takes one context in its exact names. Whatever else is there is [read carefully](super::w3c_reading).
//!
//! [W3C Trace Context level 2]: https://www.w3.org/TR/trace-context-2/
//! [W3C Baggage]: https://www.w3.org/TR/baggage/

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::SpanContext;

use super::baggage_filter::BaggageFilter;
use super::context_format::outgoing_flags;
use super::names::Aliases;
use super::{Budget, Extracted, Problems, Repeats};
use crate::carrier::{BAGGAGE, Carrier, HeaderPatch, TRACEPARENT, TRACESTATE};
use crate::codec::context_value::decode;
use crate::codec::traceparent::Traceparent;
use crate::codec::{baggage, tracestate};
use crate::context::carried_tracestate;

#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are independent choices of the user")]
pub(super) struct W3cFormat {
    pub(super) reads_trace_context: bool,
    pub(super) reads_baggage: bool,
    pub(super) writes_trace_context: bool,
    pub(super) writes_baggage: bool,
    pub(super) repeats: Repeats,
    pub(super) budget: Budget,
    pub(super) baggage_out: Option<BaggageFilter>,
}

impl Default for W3cFormat {
    fn default() -> Self {
        Self {
            reads_trace_context: true,
            reads_baggage: true,
            writes_trace_context: true,
            writes_baggage: true,
            repeats: Repeats::LastWins,
            budget: Budget::default(),
            baggage_out: None,
        }
    }
}

/// What the walk has found beside a `traceparent`, which goes straight into the [`Extracted`].
#[derive(Default)]
struct Walk {
    has_traceparent: bool,
    values: usize,
    /// There is something that wants a careful look.
    is_odd: bool,
    // Not there for most messages.
    tracestate: Option<tracestate::Collector>,
    baggage: Option<baggage::Collector>,
}

impl W3cFormat {
    #[inline]
    pub(super) fn extract<C: Carrier + ?Sized>(&self, carrier: &C, aliases: Aliases<'_>) -> Extracted {
        let mut extracted = Extracted::default();
        let mut walk = Walk::default();
        carrier.for_each_beginning(aliases.initials(), &mut |name, value| {
            // An empty value is as good as none: some clients write a null so.
            let Some(value) = value.filter(|value| !value.is_empty()) else { return };
            match name {
                b"traceparent" if self.reads_trace_context => walk.take_traceparent(value, &mut extracted),
                b"tracestate" | b"baggage" | b"traceparent" => self.take(name, value, &mut walk),
                _ if aliases.may_match(name) => walk.is_odd |= aliases.rank(name).is_some(),
                _ => {}
            }
        });
        if walk.is_remarkable() {
            self.finish(walk, &mut extracted, &carrier, aliases);
        }
        extracted
    }

    /// Takes a header that most messages do not have.
    #[cold]
    fn take(&self, name: &[u8], value: &[u8], walk: &mut Walk) {
        match name {
            b"tracestate" if self.reads_trace_context => walk.tracestate.get_or_insert_default().push(value),
            b"baggage" if self.reads_baggage => {
                let limits = self.budget.baggage_limits();
                walk.baggage.get_or_insert_with(|| baggage::Collector::new(limits)).push(value);
            }
            _ => return,
        }
        walk.values += 1;
    }

    #[cold]
    fn finish(&self, walk: Walk, extracted: &mut Extracted, carrier: &dyn Carrier, aliases: Aliases<'_>) {
        let is_plain = !walk.is_odd && walk.values <= self.budget.values;
        if !is_plain || walk.take_values(extracted).is_none() {
            *extracted = self.read_carefully(carrier, aliases, &mut |_, _, _| {});
        }
    }

    /// The names of the headers that are read or written.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'static str> + use<> {
        let has_context = self.reads_trace_context || self.writes_trace_context;
        let has_baggage = self.reads_baggage || self.writes_baggage;
        let context = [TRACEPARENT, TRACESTATE].into_iter().filter(move |_| has_context);
        context.chain([BAGGAGE].into_iter().filter(move |_| has_baggage))
    }

    /// Writes the context of `span`, which was started in `cx`. `own_baggage` is what the message has already and keeps, a
    /// validated text.
    #[inline]
    pub(super) fn write(
        &self,
        span: &SpanContext,
        cx: &Context,
        own_baggage: &str,
        patch: &mut HeaderPatch,
    ) -> Problems {
        let mut problems = Problems::default();
        if self.writes_trace_context && span.is_valid() {
            let flags = outgoing_flags(span, cx);
            let parts = Traceparent { trace_id: span.trace_id(), span_id: span.span_id(), flags };
            patch.put_trace(parts.encode(), carried_tracestate::header(span, cx));
        }
        if self.writes_baggage && !cx.baggage().is_empty() {
            let allowed = |key: &str| self.baggage_out.as_ref().is_none_or(|allowed| allowed.allows(key));
            let (text, dropped) = baggage::encode_after(own_baggage, cx.baggage(), &allowed);
            patch.put_baggage(text);
            problems.drop_baggage(dropped);
        }
        problems
    }

    /// Makes `patch` remove a baggage header that rode along with a stale context.
    pub(super) fn remove_baggage(&self, patch: &mut HeaderPatch) {
        if self.reads_baggage || self.writes_baggage {
            patch.remove_baggage();
        }
    }
}

impl Walk {
    #[inline]
    fn take_traceparent(&mut self, value: &[u8], extracted: &mut Extracted) {
        self.is_odd |= self.has_traceparent;
        self.has_traceparent = true;
        match decode(value) {
            Some(Traceparent { trace_id, span_id, flags }) => {
                let creation = &mut extracted.creation;
                (creation.trace_id, creation.span_id, creation.flags) = (trace_id, span_id, flags);
            }
            None => self.is_odd = true,
        }
    }

    /// Takes over the `tracestate` and the baggage. `None` if any of it is not as it should be.
    fn take_values(self, extracted: &mut Extracted) -> Option<()> {
        if let Some(collector) = self.tracestate.filter(|_| self.has_traceparent) {
            extracted.creation.tracestate = collector.finish().ok()?;
        }
        if let Some(collector) = self.baggage {
            let (text, 0) = collector.finish() else { return None };
            extracted.creation.baggage = text;
        }
        Some(())
    }

    /// Whether there is more to say than the span of one well-formed `traceparent`, or nothing at all.
    #[inline]
    fn is_remarkable(&self) -> bool {
        self.is_odd || self.values > 0
    }
}
