//! [W3C Trace Context level 2] and [W3C Baggage], the formats that are built in.
//!
//! Both are read in one walk over the headers, because looking a name up costs more than all else that is done with it.
//!
//! [W3C Trace Context level 2]: https://www.w3.org/TR/trace-context-2/
//! [W3C Baggage]: https://www.w3.org/TR/baggage/

use std::sync::Arc;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{TraceContextExt, TraceFlags};

use super::context_format::{ContextFormat, Found, OutgoingContext};
use super::{Extracted, Problem, Problems, Repeats};
use crate::carrier::{BAGGAGE, Carrier, HeaderPatch, TRACEPARENT, TRACESTATE};
use crate::codec::traceparent::{self, Traceparent};
use crate::codec::{baggage, binary, tracestate};
use crate::context::carried_tracestate;

/// Which members of the baggage are written, by key.
pub(super) type BaggageFilter = Arc<dyn Fn(&str) -> bool + Send + Sync>;

#[derive(Clone)]
pub(super) struct W3cFormat {
    pub(super) trace_context: bool,
    pub(super) baggage: bool,
    pub(super) repeats: Repeats,
    pub(super) baggage_filter: Option<BaggageFilter>,
}

impl Default for W3cFormat {
    fn default() -> Self {
        Self { trace_context: true, baggage: true, repeats: Repeats::LastWins, baggage_filter: None }
    }
}

impl W3cFormat {
    /// What [`read`](ContextFormat::read) finds, made in place.
    #[inline]
    pub(super) fn extract<C: Carrier + ?Sized>(&self, carrier: &C) -> Extracted {
        let mut extracted = Extracted::default();
        let mut walk = Walk::default();
        carrier.for_each(&mut |name, value| {
            // An empty value is as good as none: some clients write a null so.
            let Some(value) = value.filter(|value| !value.is_empty()) else { return };
            match name {
                b"traceparent" => self.take(Header::Traceparent, EXACT, value, &mut walk, &mut extracted),
                b"tracestate" => self.take(Header::Tracestate, EXACT, value, &mut walk, &mut extracted),
                b"baggage" => self.take(Header::Baggage, EXACT, value, &mut walk, &mut extracted),
                _ => {
                    if let Some((header, rank)) = other_spelling(name, carrier.aliases()) {
                        self.take(header, rank, value, &mut walk, &mut extracted);
                    }
                }
            }
        });
        walk.finish(self.repeats, &mut extracted);
        extracted
    }

    #[inline]
    fn take(&self, header: Header, rank: usize, value: &[u8], walk: &mut Walk, extracted: &mut Extracted) {
        match header {
            Header::Traceparent if self.trace_context => walk.take_traceparent(rank, value, extracted),
            Header::Tracestate if self.trace_context => walk.take_tracestate(rank, value),
            Header::Baggage if self.baggage => walk.take_baggage(rank, value),
            _ => {}
        }
    }
}

/// The headers that are looked for.
#[derive(Clone, Copy)]
enum Header {
    Traceparent,
    Tracestate,
    Baggage,
}

/// A name as it should be, in another letter case, or another name: what ranks lower counts only if nothing ranks higher.
const EXACT: usize = 0;
const OTHER_CASE: usize = 1;
const ALIAS: usize = 2;

/// Which of the headers is meant by a name that is not exactly one's.
#[inline]
fn other_spelling(name: &[u8], aliases: &[&str]) -> Option<(Header, usize)> {
    // Comparing lengths first keeps the walk over ordinary headers cheap.
    let (header, standard) = match name.len() {
        11 => (Header::Traceparent, TRACEPARENT),
        10 => (Header::Tracestate, TRACESTATE),
        7 => (Header::Baggage, BAGGAGE),
        _ if aliases.is_empty() => return None,
        _ => return alias(name, aliases),
    };
    if name.eq_ignore_ascii_case(standard.as_bytes()) {
        Some((header, OTHER_CASE))
    } else {
        alias(name, aliases)
    }
}

fn alias(name: &[u8], aliases: &[&str]) -> Option<(Header, usize)> {
    let place = aliases.iter().position(|alias| alias.as_bytes() == name)?;
    Some((Header::Traceparent, ALIAS + place))
}

/// What one walk over the headers has found, beside what goes straight into the [`Extracted`].
#[derive(Default)]
struct Walk {
    /// The rank of the `traceparent` headers that count, if there is one.
    rank: usize,
    count: usize,
    is_malformed: bool,
    // Not there for most messages.
    tracestate: Option<(usize, tracestate::Collector)>,
    baggage: Option<(usize, baggage::Collector)>,
}

impl Walk {
    #[inline]
    fn take_traceparent(&mut self, rank: usize, value: &[u8], extracted: &mut Extracted) {
        if self.count > 0 && rank != self.rank {
            if rank > self.rank {
                return;
            }
            self.count = 0;
            self.is_malformed = false;
            extracted.creation.forget_span();
        }
        self.rank = rank;
        self.count += 1;
        let decoded =
            if binary::is_binary(value) { binary::decode(value) } else { Traceparent::decode(value) };
        match decoded {
            Some(Traceparent { trace_id, span_id, flags }) => {
                let creation = &mut extracted.creation;
                (creation.trace_id, creation.span_id, creation.flags) = (trace_id, span_id, flags);
            }
            None => self.is_malformed = true,
        }
    }

    #[cold]
    fn take_tracestate(&mut self, rank: usize, value: &[u8]) {
        if let Some(collector) = best(&mut self.tracestate, rank) {
            collector.push(value);
        }
    }

    #[cold]
    fn take_baggage(&mut self, rank: usize, value: &[u8]) {
        if let Some(collector) = best(&mut self.baggage, rank) {
            collector.push(value);
        }
    }

    #[inline]
    fn finish(self, repeats: Repeats, extracted: &mut Extracted) {
        let Extracted { creation, problems } = extracted;
        if self.is_malformed {
            problems.add(Problem::MalformedTraceparent);
        }
        if self.count > 1 {
            problems.add(Problem::RepeatedTraceparent);
            if repeats == Repeats::Reject {
                creation.forget_span();
            }
        }
        if let Some((_, collector)) = self.tracestate.filter(|_| creation.is_valid()) {
            match collector.finish() {
                Ok(text) => creation.tracestate = text,
                Err(tracestate::Malformed) => problems.add(Problem::MalformedTracestate),
            }
        }
        if let Some((_, collector)) = self.baggage {
            let (text, dropped) = collector.finish();
            creation.baggage = text;
            problems.drop_baggage(dropped);
        }
    }
}

/// The collector of the best rank, if `rank` is none worse.
fn best<T: Default>(slot: &mut Option<(usize, T)>, rank: usize) -> Option<&mut T> {
    match slot {
        Some((known, _)) if rank > *known => return None,
        Some((known, _)) if rank == *known => {}
        _ => *slot = Some((rank, T::default())),
    }
    slot.as_mut().map(|(_, collector)| collector)
}

impl ContextFormat for W3cFormat {
    fn read(&self, carrier: &dyn Carrier, found: &mut Found) {
        found.extracted = self.extract(carrier);
    }

    #[inline]
    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        let mut problems = Problems::default();
        let OutgoingContext { span, cx } = *outgoing;
        if self.trace_context && span.is_valid() {
            let flags = outgoing_flags(outgoing);
            let parts = Traceparent { trace_id: span.trace_id(), span_id: span.span_id(), flags };
            patch.put_trace(parts.encode(), carried_tracestate::header(span, cx));
        }
        if self.baggage && !cx.baggage().is_empty() {
            let (text, dropped) = match &self.baggage_filter {
                Some(allowed) => baggage::encode(cx.baggage(), &**allowed),
                None => baggage::encode(cx.baggage(), &|_| true),
            };
            patch.put_baggage(text);
            problems.drop_baggage(dropped);
        }
        problems
    }
}

impl W3cFormat {
    /// Makes `patch` remove a baggage header that rode along with a stale context.
    pub(super) fn remove_baggage(&self, patch: &mut HeaderPatch) {
        if self.baggage {
            patch.remove_baggage();
        }
    }
}

#[inline]
fn outgoing_flags(outgoing: &OutgoingContext<'_>) -> TraceFlags {
    let OutgoingContext { span, cx } = *outgoing;
    let parent = cx.span();
    let parent = parent.span_context();
    if parent.trace_id() == span.trace_id() {
        traceparent::keep_random(span.trace_flags(), parent.trace_flags())
    } else {
        span.trace_flags()
    }
}
