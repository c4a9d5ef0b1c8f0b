//! The propagator: the formats in their order.

use std::fmt;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::SpanContext;

use super::context_format::{ContextFormat, Found, OutgoingContext};
use super::w3c_format::W3cFormat;
use super::{Extracted, Problems};
use crate::carrier::{Carrier, HeaderPatch};
use crate::context::CreationContext;
use crate::error::UnknownPropagatorError;

/// Reads and writes the context headers of messages. It is cheap to clone.
///
/// The default reads and writes [W3C Trace Context level 2] and [W3C Baggage], strictly: it is this crate's own codec,
/// because OpenTelemetry's accepts short ids and signs and forgets the random flag. Any OpenTelemetry propagator can be
/// put beside or instead of it, see [`MessagePropagatorBuilder::other`](crate::MessagePropagatorBuilder::other).
///
/// # Reading
///
/// [`extract`](Self::extract) never fails, never reads the current context, and never allocates more than the
/// specifications' limits, whatever the headers hold. Each name is found in any letter case; headers whose name is
/// exactly right go before headers in another case.
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
#[derive(Clone, Default)]
pub struct MessagePropagator {
    // The W3C's formats are called without a look at the list: nearly every message has them and no others.
    pub(super) w3c: W3cFormat,
    pub(super) others: Arc<[Box<dyn ContextFormat>]>,
}

impl MessagePropagator {
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
        let w3c = W3cFormat { trace_context, baggage, ..W3cFormat::default() };
        (Self { w3c, ..Self::default() }, unknown.map(ToString::to_string))
    }

    /// Reads the creation context of a message.
    ///
    /// It never fails: what cannot be used is ignored, and `problems` says why.
    #[inline]
    pub fn extract(&self, carrier: &(impl Carrier + ?Sized)) -> Extracted {
        if self.others.is_empty() {
            self.w3c.extract(carrier, carrier.aliases())
        } else {
            self.extract_all(&carrier)
        }
    }

    /// The creation context that is already on a message to be sent. Aliases do not count: a message with nothing else is
    /// sent with a context of its own.
    #[inline]
    pub(crate) fn extract_existing(&self, carrier: &(impl Carrier + ?Sized)) -> CreationContext {
        if self.others.is_empty() {
            self.w3c.extract(carrier, &[]).creation
        } else {
            self.extract_all(&carrier).creation
        }
    }

    #[cold]
    fn extract_all(&self, carrier: &dyn Carrier) -> Extracted {
        let mut found = Found::default();
        self.w3c.read(carrier, &mut found);
        self.others.iter().for_each(|format| format.read(carrier, &mut found));
        found.merge()
    }

    /// `cx` with what formats that are not built in find: a span, and values beside it, for example the debug flag of
    /// B3. `headers` is called if there are such formats.
    pub(crate) fn others_on<C: Carrier>(&self, cx: Context, headers: impl FnOnce() -> C) -> Context {
        if self.others.is_empty() {
            return cx;
        }
        let headers = headers();
        let mut found = Found { beside: Some(cx), ..Found::default() };
        self.others.iter().for_each(|format| format.read(&headers, &mut found));
        found.beside.unwrap_or_default()
    }

    /// What to write into a message that is sent under `span`. Baggage and what OpenTelemetry's span context cannot
    /// hold are taken from `cx`, the context the span was started in.
    ///
    /// If `span` is invalid the patch holds baggage at most.
    #[inline]
    pub fn patch(&self, span: &SpanContext, cx: &Context) -> (HeaderPatch, Problems) {
        let mut patch = HeaderPatch::default();
        let outgoing = OutgoingContext { span, cx };
        let mut problems = self.w3c.write(&outgoing, &mut patch);
        for format in &*self.others {
            problems.merge(format.write(&outgoing, &mut patch));
        }
        (patch, problems)
    }

    /// Removes whatever context a message carries, also under `aliases`.
    pub(crate) fn remove_context(&self, patch: &mut HeaderPatch, aliases: &[&str]) {
        self.w3c.fields().into_iter().chain(aliases.iter().copied()).for_each(|name| patch.remove(name));
        for format in &*self.others {
            format.fields().into_iter().for_each(|name| patch.remove(name));
        }
    }

    /// Makes `patch` remove a baggage header that rode along with a stale context.
    pub(crate) fn remove_baggage(&self, patch: &mut HeaderPatch) {
        self.w3c.remove_baggage(patch);
    }
}

impl fmt::Debug for MessagePropagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagePropagator")
            .field("trace_context", &self.w3c.trace_context)
            .field("baggage", &self.w3c.baggage)
            .field("repeats", &self.w3c.repeats)
            .field("others", &self.others.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_propagators_is_read_as_the_specification_says() {
        for (list, trace_context, baggage, unknown) in [
            ("", true, true, None),
            (" , ", true, true, None),
            ("tracecontext", true, false, None),
            ("baggage", false, true, None),
            (" tracecontext ,baggage,", true, true, None),
            ("none", false, false, None),
            ("none,tracecontext", false, false, None),
            ("tracecontext,b3,jaeger", true, false, Some("b3")),
            ("b3", false, false, Some("b3")),
        ] {
            let (propagator, found) = MessagePropagator::from_list(list);
            let actual = (propagator.w3c.trace_context, propagator.w3c.baggage, found.as_deref());
            assert_eq!(actual, (trace_context, baggage, unknown), "{list:?}");
        }
    }
}
