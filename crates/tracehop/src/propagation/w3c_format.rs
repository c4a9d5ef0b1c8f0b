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
use crate::carrier::{BAGGAGE, Carrier, HeaderPatch, Initials, TRACEPARENT, TRACESTATE};
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
    pub(super) fn extract<C: Carrier + ?Sized>(&self, carrier: &C, aliases: &[&str]) -> Extracted {
        let mut extracted = Extracted::default();
        let mut walk = Walk::default();
        let initials =
            aliases.iter().fold(Initials::of([TRACEPARENT, TRACESTATE, BAGGAGE]), |all, name| all.with(name));
        carrier.for_each_beginning(initials, &mut |name, value| {
            // An empty value is as good as none: some clients write a null so.
            let Some(value) = value.filter(|value| !value.is_empty()) else { return };
            match name {
                b"traceparent" if self.trace_context => walk.take_traceparent(EXACT, value, &mut extracted),
                b"tracestate" | b"baggage" | b"traceparent" => {
                    self.take(name, &[], value, &mut walk, &mut extracted);
                }
                _ if may_be_wanted(name, aliases) => {
                    self.take(name, aliases, value, &mut walk, &mut extracted);
                }
                _ => {}
            }
        });
        if walk.is_remarkable() {
            walk.finish(self.repeats, &mut extracted);
        }
        extracted
    }

    /// Takes a header that is not the one `traceparent` of most messages.
    #[cold]
    fn take(&self, name: &[u8], aliases: &[&str], value: &[u8], walk: &mut Walk, extracted: &mut Extracted) {
        match wanted(name, aliases) {
            Some((Header::Traceparent, rank)) if self.trace_context => {
                walk.take_traceparent(rank, value, extracted);
            }
            Some((Header::Tracestate, rank)) if self.trace_context => walk.take_tracestate(rank, value),
            Some((Header::Baggage, rank)) if self.baggage => walk.take_baggage(rank, value),
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

/// Whether a name may be one of those that are looked for. Comparing lengths first keeps the walk over ordinary headers
/// cheap.
#[inline]
fn may_be_wanted(name: &[u8], aliases: &[&str]) -> bool {
    matches!(name.len(), 7 | 10 | 11) || !aliases.is_empty()
}

/// Which of the headers is meant by a name, and how exactly it is meant.
fn wanted(name: &[u8], aliases: &[&str]) -> Option<(Header, usize)> {
    let standard = [
        (Header::Traceparent, TRACEPARENT.as_bytes()),
        (Header::Tracestate, TRACESTATE.as_bytes()),
        (Header::Baggage, BAGGAGE.as_bytes()),
    ];
    let alias = || aliases.iter().position(|alias| alias.as_bytes() == name);
    match standard.into_iter().find(|(_, standard)| standard.eq_ignore_ascii_case(name)) {
        Some((header, standard)) => Some((header, if standard == name { EXACT } else { OTHER_CASE })),
        None => Some((Header::Traceparent, ALIAS + alias()?)),
    }
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

    fn take_tracestate(&mut self, rank: usize, value: &[u8]) {
        if let Some(collector) = best(&mut self.tracestate, rank) {
            collector.push(value);
        }
    }

    fn take_baggage(&mut self, rank: usize, value: &[u8]) {
        if let Some(collector) = best(&mut self.baggage, rank) {
            collector.push(value);
        }
    }

    /// Whether there is more to say than the span of one well-formed `traceparent`, or nothing at all.
    #[inline]
    fn is_remarkable(&self) -> bool {
        self.count > 1 || self.is_malformed || self.tracestate.is_some() || self.baggage.is_some()
    }

    #[cold]
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
    fn fields(&self) -> Vec<&str> {
        let context = [TRACEPARENT, TRACESTATE].into_iter().filter(|_| self.trace_context);
        context.chain([BAGGAGE].into_iter().filter(|_| self.baggage)).collect()
    }

    fn read(&self, carrier: &dyn Carrier, found: &mut Found) {
        found.extracted = self.extract(carrier, carrier.aliases());
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
