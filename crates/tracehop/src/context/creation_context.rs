//! The context that travelled with a message.

use std::fmt;
use std::str::FromStr;

use opentelemetry::{
    Context,
    baggage::{Baggage, BaggageExt},
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};

use super::{carried_tracestate, debug_flag};
use crate::codec::traceparent::{KNOWN_FLAGS, Traceparent};
use crate::codec::{baggage, tracestate};
use crate::error::ParseCreationContextError;

/// The creation context of a message: the span that made it, and the baggage it carries.
///
/// It is plain data. It can be stored with an event and given back when the event is sent at last (an outbox, a replay,
/// a delayed job): as one line of text, or through serde as the headers it stands for.
/// [`MessagingTracer::current_creation`](crate::MessagingTracer::current_creation) makes one of what is current, and
/// [`inject_creation`](crate::MessagingTracer::inject_creation) writes it into the headers of a message.
///
/// # Text form
///
/// `traceparent [";tracestate=" tracestate] [";baggage=" baggage]`: the W3C header values, 55 bytes for most. What only other
/// formats know, the debug flag of B3 and Jaeger, is not in it.
///
/// ```
/// use tracehop::CreationContext;
///
/// let line = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;tracestate=vendor=1;baggage=tenant=a";
/// let stored: CreationContext = line.parse()?;
/// assert!(stored.is_valid() && stored.is_sampled());
/// assert_eq!(stored.baggage().get("tenant").map(|value| value.as_str()), Some("a"));
/// assert_eq!(stored.to_string(), line);
/// # Ok::<(), tracehop::ParseCreationContextError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CreationContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: TraceFlags,
    pub(crate) tracestate: Option<Box<str>>,
    pub(crate) baggage: Option<Box<str>>,
}

impl CreationContext {
    /// The context of a message that carries none.
    pub const NONE: Self = Self {
        trace_id: TraceId::INVALID,
        span_id: SpanId::INVALID,
        flags: TraceFlags::NOT_SAMPLED,
        tracestate: None,
        baggage: None,
    };

    /// The creation context that a message sent under `cx` would carry. Of an invalid span it keeps nothing, of a valid one
    /// what the wire can hold.
    ///
    /// ```
    /// use opentelemetry::Context;
    /// use tracehop::CreationContext;
    ///
    /// assert_eq!(CreationContext::from_context(&Context::new()), CreationContext::NONE);
    /// ```
    pub fn from_context(cx: &Context) -> Self {
        Self::with_members_of(cx, &|_| true).0
    }

    /// [`from_context`](Self::from_context), with those members of the baggage whose keys `allowed` lets pass. How many of them
    /// were too many.
    pub(crate) fn with_members_of(cx: &Context, allowed: &dyn Fn(&str) -> bool) -> (Self, usize) {
        let (baggage, dropped) = baggage::encode(cx.baggage(), allowed);
        let baggage = baggage.map(String::into_boxed_str);
        let span = cx.span();
        let span = span.span_context();
        // What there is of an invalid span has no place on the wire or in the text form.
        if !span.is_valid() {
            return (Self { baggage, ..Self::NONE }, dropped);
        }
        let creation = Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            flags: span.trace_flags() & KNOWN_FLAGS,
            tracestate: carried_tracestate::header(span, cx).map(String::into_boxed_str),
            baggage,
        };
        (creation, dropped)
    }

    /// That of a message made by `span`, without `tracestate` and baggage.
    pub(crate) fn of_span(span: &SpanContext) -> Self {
        Self { trace_id: span.trace_id(), span_id: span.span_id(), flags: span.trace_flags(), ..Self::NONE }
    }

    /// Whether a span made the message, so that both ids are there. Baggage may be there without them.
    pub fn is_valid(&self) -> bool {
        self.trace_id != TraceId::INVALID && self.span_id != SpanId::INVALID
    }

    /// The trace, all zero if there is none.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span that made the message, all zero if there is none.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// Whether the sender recorded its span.
    pub fn is_sampled(&self) -> bool {
        self.flags.is_sampled()
    }

    #[inline]
    fn is_debug(&self) -> bool {
        self.flags & debug_flag::DEBUG == debug_flag::DEBUG
    }

    /// Keeps those members of the baggage whose keys `allowed` lets pass.
    pub(crate) fn filter_baggage(&mut self, allowed: &dyn Fn(&str) -> bool) {
        self.baggage = self.baggage.take().and_then(|text| baggage::filter(&text, allowed));
    }

    /// Keeps as much of the baggage as the limits allow. How many members were left out.
    pub(crate) fn limit_baggage(&mut self, limits: baggage::Limits) -> usize {
        let Some(text) = self.baggage.take() else { return 0 };
        let mut collector = baggage::Collector::new(limits);
        collector.push(text.as_bytes());
        let (text, dropped) = collector.finish();
        self.baggage = text;
        dropped
    }

    /// Only which span it is: what another party says of it beside does not count.
    pub(crate) fn distrust(&mut self) {
        let Self { trace_id, span_id, .. } = *self;
        *self = Self { trace_id, span_id, ..Self::NONE };
    }

    /// The span as OpenTelemetry's type, marked remote. This allocates only if there is a `tracestate`.
    ///
    /// Members of `tracestate` that OpenTelemetry's type cannot hold (keys with more than one `@`) are left out of
    /// it; [`to_context`](Self::to_context) keeps them.
    pub fn span_context(&self) -> SpanContext {
        let state = match &self.tracestate {
            Some(text) => tracestate::to_trace_state(text).0,
            None => TraceState::NONE,
        };
        SpanContext::new(self.trace_id, self.span_id, self.flags & KNOWN_FLAGS, true, state)
    }

    /// The `tracestate` as it was on the wire, validated; several headers are joined with a comma.
    pub fn tracestate(&self) -> Option<&str> {
        self.tracestate.as_deref()
    }

    /// The baggage, values decoded.
    pub fn baggage(&self) -> Baggage {
        self.baggage.as_deref().map(baggage::decode).unwrap_or_default()
    }

    /// A context in which this is the remote parent and its baggage is current: for spans of one's own.
    pub fn to_context(&self) -> Context {
        self.on(Context::new())
    }

    /// `base` with this as the remote parent, if it is valid, and with its baggage, if it has any.
    pub(crate) fn on(&self, base: Context) -> Context {
        self.remote_on(self.values_on(base))
    }

    /// `base` with this as the remote parent, if it is valid.
    #[inline]
    pub(crate) fn remote_on(&self, base: Context) -> Context {
        if self.is_valid() { base.with_remote_span_context(self.span_context()) } else { base }
    }

    /// `base` with the baggage, and what OpenTelemetry's types cannot hold, but with its own span.
    #[inline]
    pub(crate) fn values_on(&self, base: Context) -> Context {
        let is_plain = self.baggage.is_none() && self.tracestate.is_none() && !self.is_debug();
        if is_plain { base } else { self.add_values(base) }
    }

    fn add_values(&self, base: Context) -> Context {
        let base = if self.baggage.is_some() { base.with_baggage(self.baggage()) } else { base };
        let base = if self.is_debug() { debug_flag::carry(&base, self.trace_id) } else { base };
        match &self.tracestate {
            Some(text) if self.is_valid() => carried_tracestate::carry(base, self.trace_id, text),
            _ => base,
        }
    }

    fn traceparent(&self) -> Option<String> {
        let parts = Traceparent { trace_id: self.trace_id, span_id: self.span_id, flags: self.flags };
        self.is_valid().then(|| String::from_utf8_lossy(&parts.encode()).into_owned())
    }

    fn from_parts(
        traceparent: Option<&str>,
        tracestate: Option<&str>,
        baggage: Option<&str>,
    ) -> Result<Self, ParseCreationContextError> {
        let error = |what| ParseCreationContextError { what };
        let mut creation = Self::NONE;
        if let Some(text) = traceparent {
            let parts = Traceparent::decode(text.as_bytes())
                .ok_or_else(|| error("the traceparent is not as W3C Trace Context says"))?;
            (creation.trace_id, creation.span_id, creation.flags) =
                (parts.trace_id, parts.span_id, parts.flags);
        }
        if let Some(text) = tracestate {
            let mut collector = tracestate::Collector::default();
            collector.push(text.as_bytes());
            creation.tracestate =
                collector.finish().map_err(|_| error("the tracestate is not as W3C Trace Context says"))?;
            if creation.tracestate.is_some() && !creation.is_valid() {
                return Err(error("a tracestate needs a traceparent"));
            }
        }
        if let Some(text) = baggage {
            let mut collector = baggage::Collector::default();
            collector.push(text.as_bytes());
            creation.baggage = match collector.finish() {
                (baggage, 0) => baggage,
                _ => return Err(error("the baggage is not as W3C Baggage says")),
            };
        }
        Ok(creation)
    }
}

impl Default for CreationContext {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Debug for CreationContext {
    /// Leaves the baggage out: it may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreationContext")
            .field("trace_id", &self.trace_id)
            .field("span_id", &self.span_id)
            .field("sampled", &self.is_sampled())
            .field("tracestate", &self.tracestate)
            .finish_non_exhaustive()
    }
}

const TRACESTATE: &str = ";tracestate=";
const BAGGAGE: &str = ";baggage=";

impl fmt::Display for CreationContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.traceparent().unwrap_or_default())?;
        for (key, value) in [(TRACESTATE, &self.tracestate), (BAGGAGE, &self.baggage)] {
            if let Some(value) = value {
                write!(f, "{key}{value}")?;
            }
        }
        Ok(())
    }
}

/// Reads what `Display` writes. Unlike reading headers, this is strict: a stored row that is wrong should be seen.
///
/// The form is unambiguous: a `;` inside a `tracestate` value cannot be followed by a `=` before the next comma.
impl FromStr for CreationContext {
    type Err = ParseCreationContextError;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let (line, baggage) = cut(line, BAGGAGE);
        let (line, tracestate) = cut(line, TRACESTATE);
        Self::from_parts((!line.is_empty()).then_some(line), tracestate, baggage)
    }
}

fn cut<'a>(line: &'a str, key: &str) -> (&'a str, Option<&'a str>) {
    line.split_once(key).map_or((line, None), |(before, after)| (before, Some(after)))
}

#[cfg(feature = "serde")]
mod serde_form {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::CreationContext;

    /// The headers the context stands for, so that a stored row reads like the message did.
    #[derive(Serialize, Deserialize)]
    struct Headers {
        traceparent: Option<String>,
        tracestate: Option<String>,
        baggage: Option<String>,
    }

    impl Serialize for CreationContext {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Headers {
                traceparent: self.traceparent(),
                tracestate: self.tracestate.as_deref().map(str::to_owned),
                baggage: self.baggage.as_deref().map(str::to_owned),
            }
            .serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for CreationContext {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let headers = Headers::deserialize(deserializer)?;
            Self::from_parts(
                headers.traceparent.as_deref(),
                headers.tracestate.as_deref(),
                headers.baggage.as_deref(),
            )
            .map_err(D::Error::custom)
        }
    }
}
