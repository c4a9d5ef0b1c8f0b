//! The propagator: every rule about context headers, over any carrier.

mod builder;
mod names;

use std::fmt;
use std::sync::Arc;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, trace::TraceFlags};

use self::names::Names;
use crate::extractor::CarrierExtractor;
use crate::patch::{BAGGAGE, TRACEPARENT, TRACESTATE};
use crate::w3c::traceparent::{self, Traceparent};
use crate::w3c::{baggage, binary, tracestate};
use crate::{Carrier, CreationContext, HeaderPatch, Problem, Problems, UnknownPropagatorError};

pub use self::builder::MessagePropagatorBuilder;

/// What a message with several `traceparent` headers means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeats {
    /// The last valid one counts. Kafka's headers are append-only, so messages that were re-published by careless
    /// clients really carry several, the newest last.
    #[default]
    LastWins,
    /// None counts, as W3C Trace Context asks of HTTP.
    Reject,
}

/// What [`MessagePropagator::extract`] found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Extracted {
    /// The creation context; [`CreationContext::NONE`] if the message carries none.
    pub creation: CreationContext,
    /// What was wrong with the message's context headers, and therefore ignored.
    pub problems: Problems,
}

/// Reads and writes the context headers of messages. Cheap to clone.
///
/// The default reads and writes [W3C Trace Context level 2] and [W3C Baggage], strictly: it is this crate's own codec,
/// for OpenTelemetry's accepts short ids and signs and forgets the random flag. Any OpenTelemetry propagator can be put
/// beside or instead of it, see [`MessagePropagatorBuilder::other`].
///
/// # Reading
///
/// [`extract`](Self::extract) never fails, never reads the current context, and never allocates more than the
/// specifications' limits, whatever the headers hold. Names match exactly first, then in any letter case.
///
/// # Writing
///
/// Each context header stands exactly once afterwards. An empty `tracestate` or `baggage` is never written.
///
/// [W3C Trace Context level 2]: https://www.w3.org/TR/trace-context-2/
/// [W3C Baggage]: https://www.w3.org/TR/baggage/
///
/// ```
/// use tracehop::{MemoryHeaders, MessagePropagator};
///
/// let headers = MemoryHeaders::from_iter([
///     ("traceparent", Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03")),
///     ("baggage", Some("tenant=a")),
/// ]);
/// let extracted = MessagePropagator::default().extract(&headers);
/// assert!(extracted.creation.is_sampled());
/// assert!(extracted.problems.is_empty());
/// ```
#[derive(Clone)]
pub struct MessagePropagator {
    trace_context: bool,
    baggage: bool,
    repeats: Repeats,
    baggage_filter: Option<BaggageFilter>,
    others: Arc<[Other]>,
}

type Other = Box<dyn TextMapPropagator + Send + Sync>;
type BaggageFilter = Arc<dyn Fn(&str) -> bool + Send + Sync>;

impl Default for MessagePropagator {
    fn default() -> Self {
        Self {
            trace_context: true,
            baggage: true,
            repeats: Repeats::LastWins,
            baggage_filter: None,
            others: Arc::new([]),
        }
    }
}

impl MessagePropagator {
    /// A propagator to be configured: W3C Trace Context and Baggage unless said otherwise.
    pub fn builder() -> MessagePropagatorBuilder {
        MessagePropagatorBuilder { propagator: Self::default(), others: Vec::new() }
    }

    /// The propagator that `OTEL_PROPAGATORS` asks for: a comma-separated list of `tracecontext`, `baggage` and
    /// `none`; both of the former if it is unset or empty.
    ///
    /// # Errors
    ///
    /// The list has another name.
    pub fn from_env() -> Result<Self, UnknownPropagatorError> {
        match Self::from_list(&std::env::var("OTEL_PROPAGATORS").unwrap_or_default()) {
            (propagator, None) => Ok(propagator),
            (_, Some(name)) => Err(UnknownPropagatorError { name }),
        }
    }

    /// The propagator that a list asks for, and the first name in it that is unknown.
    pub(crate) fn from_list(list: &str) -> (Self, Option<String>) {
        let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let asked = |name| names.is_empty() || names.contains(&name) && !names.contains(&"none");
        let unknown = names.iter().find(|name| !["tracecontext", "baggage", "none"].contains(name));
        let (trace_context, baggage) = (asked("tracecontext"), asked("baggage"));
        (Self { trace_context, baggage, ..Self::default() }, unknown.map(ToString::to_string))
    }

    /// Reads the creation context of a message.
    ///
    /// It never fails: what cannot be used is ignored, and `problems` says why.
    pub fn extract(&self, carrier: &(impl Carrier + ?Sized)) -> Extracted {
        let mut extracted = Extracted::default();
        let mut names = Names::default();
        if self.trace_context {
            names = self.extract_trace(carrier, &mut extracted);
        } else if self.baggage {
            names = Names::in_another_case(carrier);
        }
        if self.baggage {
            let mut collector = baggage::Collector::default();
            carrier.values(names.baggage.as_deref().unwrap_or(BAGGAGE), &mut |value| collector.push(value));
            let (text, dropped) = collector.finish();
            extracted.creation.baggage = text;
            extracted.problems.drop_baggage(dropped);
        }
        if !self.others.is_empty() {
            self.extract_others(carrier, &mut extracted);
        }
        extracted
    }

    fn extract_trace(&self, carrier: &(impl Carrier + ?Sized), extracted: &mut Extracted) -> Names {
        let mut found = self.read_traceparent(carrier, TRACEPARENT);
        let mut names = Names::default();
        if found.count == 0 {
            names = Names::in_another_case(carrier);
            if let Some(name) = &names.traceparent {
                found = self.read_traceparent(carrier, name);
            }
            for alias in carrier.aliases() {
                if found.count == 0 {
                    found = self.read_traceparent(carrier, alias);
                }
            }
        }
        if found.malformed {
            extracted.problems.add(Problem::MalformedTraceparent);
        }
        if found.count > 1 {
            extracted.problems.add(Problem::RepeatedTraceparent);
        }
        if let Some(traceparent) = found.value {
            let creation = &mut extracted.creation;
            creation.trace_id = traceparent.trace_id;
            creation.span_id = traceparent.span_id;
            creation.flags = traceparent.flags;
            let mut collector = tracestate::Collector::default();
            carrier.values(names.tracestate.as_deref().unwrap_or(TRACESTATE), &mut |value| {
                collector.push(value);
            });
            match collector.finish() {
                Ok(text) => creation.tracestate = text,
                Err(tracestate::Malformed) => extracted.problems.add(Problem::MalformedTracestate),
            }
        }
        names
    }

    fn read_traceparent(&self, carrier: &(impl Carrier + ?Sized), name: &str) -> Found {
        let mut found = Found::default();
        carrier.values(name, &mut |value| {
            let decoded =
                if binary::is_binary(value) { binary::decode(value) } else { Traceparent::decode(value) };
            // An empty value is as good as none: some clients write a null so.
            if decoded.is_some() || !value.is_empty() {
                found.count += 1;
            }
            found.malformed |= decoded.is_none() && !value.is_empty();
            found.value = decoded.or(found.value);
        });
        if found.count > 1 && self.repeats == Repeats::Reject {
            found.value = None;
        }
        found
    }

    fn extract_others(&self, carrier: &(impl Carrier + ?Sized), extracted: &mut Extracted) {
        let found = CreationContext::from_context(&self.others_on(Context::new(), carrier));
        let creation = &mut extracted.creation;
        if !creation.is_valid() && found.is_valid() {
            *creation = CreationContext { baggage: creation.baggage.take().or(found.baggage), ..found };
        } else if creation.baggage.is_none() {
            creation.baggage = found.baggage;
        }
    }

    /// Whether there are propagators beside the built-in ones.
    pub(crate) fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    /// `cx` with what other propagators find: a span, and values beside it, B3's debug flag for one.
    pub(crate) fn others_on(&self, mut cx: Context, carrier: &(impl Carrier + ?Sized)) -> Context {
        for other in &*self.others {
            let headers = CarrierExtractor::read(carrier, other.fields());
            let next = other.extract_with_context(&cx, &headers);
            // The first propagator that finds a span decides; later ones may still add values.
            let span = cx.span().span_context().clone();
            cx = if span.is_valid() { next.with_remote_span_context(span) } else { next };
        }
        cx
    }

    /// The creation context that is already on a message to be sent. Only exact names count: `apply` replaces the others.
    pub(crate) fn extract_existing(&self, carrier: &(impl Carrier + ?Sized)) -> CreationContext {
        if !self.others.is_empty() {
            return self.extract(carrier).creation;
        }
        let mut extracted = Extracted::default();
        if self.trace_context && self.read_traceparent(carrier, TRACEPARENT).count > 0 {
            self.extract_trace(carrier, &mut extracted);
        }
        extracted.creation
    }

    /// What to write into a message that is sent under `span`. Baggage and what OpenTelemetry's span context cannot
    /// hold are taken from `cx`, the context the span was started in.
    ///
    /// If `span` is invalid the patch holds baggage at most.
    pub fn patch(&self, span: &SpanContext, cx: &Context) -> (HeaderPatch, Problems) {
        let mut patch = HeaderPatch::default();
        let mut problems = Problems::default();
        if self.trace_context && span.is_valid() {
            patch.owns_trace = true;
            let flags = outgoing_flags(span, cx);
            let parts = Traceparent { trace_id: span.trace_id(), span_id: span.span_id(), flags };
            patch.traceparent = Some(parts.encode());
            patch.tracestate = tracestate::header(span, cx);
        }
        if self.baggage && !cx.baggage().is_empty() {
            let (text, dropped) = match &self.baggage_filter {
                Some(allowed) => baggage::encode(cx.baggage(), &**allowed),
                None => baggage::encode(cx.baggage(), &|_| true),
            };
            patch.owns_baggage = true;
            patch.baggage = text;
            problems.drop_baggage(dropped);
        }
        if !self.others.is_empty() {
            let cx = cx.with_remote_span_context(span.clone());
            for other in &*self.others {
                // A field this propagator does not write now may still be there from an earlier hop.
                patch.others.extend(other.fields().map(|name| (name.to_owned(), None)));
                other.inject_context(&cx, &mut patch);
            }
            patch.drop_doubles();
        }
        (patch, problems)
    }

    /// Makes `patch` remove a baggage header that rode along with a stale context.
    pub(crate) fn own_baggage(&self, patch: &mut HeaderPatch) {
        patch.owns_baggage |= self.baggage;
    }
}

fn outgoing_flags(span: &SpanContext, cx: &Context) -> TraceFlags {
    let parent = cx.span();
    let parent = parent.span_context();
    if parent.trace_id() == span.trace_id() {
        traceparent::keep_random(span.trace_flags(), parent.trace_flags())
    } else {
        span.trace_flags()
    }
}

#[derive(Default)]
struct Found {
    value: Option<Traceparent>,
    count: usize,
    malformed: bool,
}

impl fmt::Debug for MessagePropagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagePropagator")
            .field("trace_context", &self.trace_context)
            .field("baggage", &self.baggage)
            .field("repeats", &self.repeats)
            .field("others", &self.others)
            .finish_non_exhaustive()
    }
}
