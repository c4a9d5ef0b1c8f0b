//! The propagator: the formats in their order.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::SpanContext;

use super::baggage_filter::BaggageFilter;
use super::change::PropagationChange;
use super::context_format::{ContextFormat, OutgoingContext};
use super::formats::CloudEventsFormat;
use super::lists::{Lists, Scope};
use super::names::Aliases;
use super::w3c_format::W3cFormat;
use super::{Extracted, Format, Problem, Problems};
use crate::carrier::{BAGGAGE, Carrier, HeaderPatch, TRACEPARENT, TRACESTATE};
use crate::context::CreationContext;
use crate::context::content::Content;
use crate::error::UnknownPropagatorError;

/// Reads and writes the context headers of messages. It is cheap to clone.
///
/// The default reads and writes [W3C Trace Context level 2] and [W3C Baggage], strictly: it is this crate's own codec,
/// because OpenTelemetry's accepts short ids and signs and forgets the random flag. Other [formats](Format), and any
/// OpenTelemetry propagator ([`other`](crate::MessagePropagatorBuilder::other)), can be put beside or instead of it.
///
/// # Reading
///
/// [`extract`](Self::extract) never fails, never reads the current context, and never allocates more than the
/// specifications' limits, whatever the headers hold. Each name is found in any letter case; headers whose name is
/// exactly right go before headers in another case.
///
/// # Writing
///
/// One context stands on the message afterwards: headers of formats that are read and not written, and other names of
/// `traceparent`, are removed. An empty `tracestate` or `baggage` is never written.
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
    // The W3C's formats are called without a look at the lists: nearly every message has them and no others.
    pub(super) w3c: W3cFormat,
    pub(super) lists: Option<Arc<Lists>>,
}

/// The propagator that a list asks for, in the form of `OTEL_PROPAGATORS`: see [`MessagePropagator::from_env`].
///
/// ```
/// use tracehop::MessagePropagator;
///
/// assert!("tracecontext,b3".parse::<MessagePropagator>().is_ok());
/// assert!("tracecontext,ottrace".parse::<MessagePropagator>().is_err());
/// ```
impl FromStr for MessagePropagator {
    type Err = UnknownPropagatorError;

    fn from_str(list: &str) -> Result<Self, UnknownPropagatorError> {
        match Self::from_list(list) {
            (propagator, None) => Ok(propagator),
            (_, Some(error)) => Err(error),
        }
    }
}

impl MessagePropagator {
    /// The propagator that `OTEL_PROPAGATORS` asks for: a comma-separated list of the [names of formats](Format), or `none`;
    /// `tracecontext,baggage` if it is unset or empty. All are read, in their order, and written.
    ///
    /// # Errors
    ///
    /// The list has another name.
    pub fn from_env() -> Result<Self, UnknownPropagatorError> {
        std::env::var("OTEL_PROPAGATORS").unwrap_or_default().parse()
    }

    pub(super) fn of(w3c: W3cFormat, lists: Lists) -> Self {
        Self { w3c, lists: Some(lists).filter(|lists| !lists.is_empty()).map(Arc::new) }
    }

    /// This propagator with what a policy changes. What is allowed must be allowed by both.
    pub(crate) fn changed(&self, change: &PropagationChange<'_>) -> Self {
        let mut w3c = self.w3c.clone();
        let mut lists = self.lists.as_deref().cloned().unwrap_or_default();
        if let Some(read) = change.read {
            lists.set_read(&mut w3c, read);
        }
        if let Some(write) = change.write {
            lists.set_written(&mut w3c, write);
        }
        w3c.budget = change.budget.unwrap_or(w3c.budget);
        lists.baggage_in = BaggageFilter::narrowed(lists.baggage_in, change.baggage_in.as_deref());
        w3c.baggage_out = BaggageFilter::narrowed(w3c.baggage_out, change.baggage_out.as_deref());
        Self::of(w3c, lists)
    }

    /// The propagator that a list asks for, and the first name in it that is unknown.
    pub(crate) fn from_list(list: &str) -> (Self, Option<UnknownPropagatorError>) {
        let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            return (Self::default(), None);
        }
        let (mut formats, mut unknown) = (Vec::new(), None);
        for name in names.iter().filter(|name| **name != NONE) {
            match name.parse::<Format>() {
                Ok(format) => formats.push(format),
                Err(error) => unknown = unknown.or(Some(error)),
            }
        }
        if names.contains(&NONE) {
            formats.clear();
        }
        (Self::builder().read(formats.clone()).write(formats).build(), unknown)
    }

    /// Reads the creation context of a message.
    ///
    /// It never fails: what cannot be used is ignored, and `problems` says why.
    #[inline]
    pub fn extract(&self, carrier: &(impl Carrier + ?Sized)) -> Extracted {
        match &self.lists {
            None => self
                .w3c
                .extract(carrier, Aliases { transport: carrier.transport().aliases, application: &[] }),
            Some(lists) => self.extract_all(lists, &carrier, Scope::Message),
        }
    }

    /// What is already on a message to be sent. The context of an origin does not count: a message with nothing else is sent
    /// with a context of its own.
    #[inline]
    pub(crate) fn extract_existing(&self, carrier: &(impl Carrier + ?Sized)) -> Extracted {
        match &self.lists {
            None => self
                .w3c
                .extract(carrier, Aliases { transport: carrier.transport().aliases, application: &[] }),
            Some(lists) => self.extract_all(lists, &carrier, Scope::Existing),
        }
    }

    /// All context headers of a message, as they are, but for the context of an origin.
    #[cold]
    pub(crate) fn content(&self, carrier: &(impl Carrier + ?Sized)) -> Content {
        let mut content = Content::default();
        let mut names: Vec<&str> = vec![TRACEPARENT, TRACESTATE, BAGGAGE];
        names.extend(carrier.transport().aliases);
        let mut prefixes: Vec<&str> = Vec::new();
        if let Some(lists) = &self.lists {
            names.extend(lists.aliases.iter().map(|name| &**name));
            for format in lists.read().chain(lists.written.iter().map(|format| &**format)) {
                names.extend(format.fields());
                prefixes.extend(format.prefixes());
            }
        }
        let is = |known: &&str, name: &[u8]| known.as_bytes().eq_ignore_ascii_case(name);
        carrier.for_each(&mut |name, value| {
            let begins = |prefix: &&str| name.get(..prefix.len()).is_some_and(|start| is(prefix, start));
            if let Some(value) = value.filter(|value| !value.is_empty())
                && (names.iter().any(|known| is(known, name)) || prefixes.iter().any(begins))
            {
                content.add(name, value);
            }
        });
        content
    }

    #[cold]
    fn extract_all(&self, lists: &Lists, carrier: &dyn Carrier, scope: Scope) -> Extracted {
        let of_w3c = self.w3c.extract(carrier, lists.aliases_on(carrier));
        let mut merged = lists.merge(&of_w3c, carrier, scope, &mut |_, _, _| {});
        if scope == Scope::Message {
            self.bound(lists, &mut merged);
        }
        merged
    }

    /// Holds back baggage that is filtered, and leaves out what is beyond the budget: formats other than W3C's do not know it.
    pub(super) fn bound(&self, lists: &Lists, merged: &mut Extracted) {
        if let Some(allowed) = &lists.baggage_in {
            merged.creation.filter_baggage(&|key| allowed.allows(key));
        }
        let dropped = merged.creation.limit_baggage(self.w3c.budget.baggage_limits());
        merged.problems.drop_baggage(dropped);
    }

    /// The context of the origin of a [`CloudEvents`](Format::CloudEvents) event, which stays on the event when it is sent on; that of
    /// the hop is what [`extract`](Self::extract) gives. [`CreationContext::NONE`] if there is none.
    ///
    /// ```
    /// use tracehop::{MemoryHeaders, MessagePropagator};
    ///
    /// let origin = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let headers = MemoryHeaders::from_iter([("ce_traceparent", Some(origin))]);
    /// assert_eq!(MessagePropagator::default().origin(&headers).to_string(), origin);
    /// ```
    pub fn origin(&self, carrier: &(impl Carrier + ?Sized)) -> CreationContext {
        let read = |format: Arc<dyn ContextFormat>| format.read(&carrier).creation;
        Format::CloudEvents.implementation().map(read).unwrap_or_default()
    }

    /// `cx` with what formats that are not built in find: a span, and values beside it. `headers` is called if there are such
    /// formats.
    pub(crate) fn others_on<C: Carrier>(&self, cx: Context, headers: impl FnOnce() -> C) -> Context {
        match &self.lists {
            None => cx,
            Some(lists) => {
                let headers = headers();
                lists.read().fold(cx, |cx, format| format.values_on(cx, &headers))
            }
        }
    }

    /// What to write into a message that is sent under `span`. Baggage and what OpenTelemetry's span context cannot
    /// hold are taken from `cx`, the context the span was started in.
    ///
    /// If `span` is invalid the patch holds baggage at most. It does not know the message; where a transport has
    /// [other names](crate::Transport::aliases) for `traceparent`, [`HeaderPatch::remove_aliases`] makes it remove them, as
    /// [`MessagingTracer::inject_context`](crate::MessagingTracer::inject_context) does. Nor does it keep an origin that is there.
    #[inline]
    pub fn patch(&self, span: &SpanContext, cx: &Context) -> (HeaderPatch, Problems) {
        let mut patch = HeaderPatch::default();
        let problems = self.fill(&mut patch, span, cx, "", &None::<&dyn Carrier>);
        (patch, problems)
    }

    /// What a message that is sent under `cx` would carry, as plain data.
    pub(crate) fn outgoing(&self, cx: &Context) -> (CreationContext, Problems) {
        let W3cFormat { writes_trace_context, writes_baggage, baggage_out, .. } = &self.w3c;
        let others = self.lists.as_deref().map(|lists| &*lists.written).unwrap_or_default();
        let has_members = *writes_baggage || others.iter().any(|format| !format.prefixes().is_empty());
        let allowed =
            |key: &str| has_members && baggage_out.as_ref().is_none_or(|allowed| allowed.allows(key));
        let (mut creation, dropped) = CreationContext::with_members_of(cx, &allowed);
        if !writes_trace_context && others.is_empty() {
            creation = CreationContext { baggage: creation.baggage, ..CreationContext::NONE };
        }
        let mut problems = Problems::default();
        problems.drop_baggage(dropped);
        (creation, problems)
    }

    /// Fills an empty [`patch`](Self::patch) for a message that may have baggage of its own, which it keeps.
    #[inline]
    pub(crate) fn fill(
        &self,
        patch: &mut HeaderPatch,
        span: &SpanContext,
        cx: &Context,
        own_baggage: &str,
        carrier: &(impl Carrier + ?Sized),
    ) -> Problems {
        let mut problems = self.w3c.write(span, cx, own_baggage, patch);
        if let Some(lists) = &self.lists {
            let baggage_out = self.w3c.baggage_out.as_ref();
            let outgoing = OutgoingContext { span, cx, own_baggage, baggage_out, carrier: &carrier };
            problems.merge(self.write_others(lists, &outgoing, patch));
        }
        // A `traceparent` alone is always written.
        if !patch.is_plain() && patch.shed_to(self.w3c.budget.written_bytes) {
            problems.add(Problem::ContextShed);
        }
        problems
    }

    #[cold]
    fn write_others(
        &self,
        lists: &Lists,
        outgoing: &OutgoingContext<'_>,
        patch: &mut HeaderPatch,
    ) -> Problems {
        let mut problems = Problems::default();
        // Baggage of the message's own may stand in headers that are about to be removed.
        if self.w3c.writes_baggage && !outgoing.own_baggage.is_empty() && !patch.owns(BAGGAGE.as_bytes()) {
            patch.put_baggage(Some(outgoing.own_baggage.to_owned()));
        }
        for format in &lists.written {
            patch.next_format();
            problems.merge(format.write(outgoing, patch));
        }
        if outgoing.span.is_valid() && !patch.is_empty() {
            // Two contexts on one message would make its readers disagree.
            self.w3c.fields().filter(|name| *name != BAGGAGE).for_each(|name| patch.remove(name));
            let holds_members =
                self.w3c.writes_baggage || lists.written.iter().any(|format| !format.prefixes().is_empty());
            // What has no other place stays where it is.
            lists.remove_all(patch, holds_members || outgoing.own_baggage.is_empty());
        }
        problems
    }

    /// Removes whatever context a message carries, also under the transport's `aliases`. The context of an origin stays.
    pub(crate) fn remove_context(&self, patch: &mut HeaderPatch, aliases: &'static [&'static str]) {
        self.w3c.fields().for_each(|name| patch.remove(name));
        patch.remove_aliases(aliases);
        if let Some(lists) = &self.lists {
            lists.remove_all(patch, true);
        }
    }

    /// Removes every context that a message may carry, in all formats that are known, that of an origin too.
    pub(crate) fn remove_everything(&self, patch: &mut HeaderPatch, aliases: &'static [&'static str]) {
        for name in [TRACEPARENT, TRACESTATE, BAGGAGE] {
            patch.remove(name);
        }
        for format in Format::ALL.into_iter().filter_map(Format::implementation) {
            format.fields().into_iter().for_each(|name| patch.remove(name));
            format.prefixes().iter().for_each(|prefix| patch.remove_prefix(prefix));
        }
        CloudEventsFormat::names().for_each(|name| patch.remove(&name));
        self.remove_context(patch, aliases);
    }

    /// Makes `patch` remove a baggage header that rode along with a stale context.
    pub(crate) fn remove_baggage(&self, patch: &mut HeaderPatch) {
        self.w3c.remove_baggage(patch);
    }
}

/// A name in `OTEL_PROPAGATORS` that stands for no propagator.
const NONE: &str = "none";

impl fmt::Debug for MessagePropagator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (read, written) =
            self.lists.as_ref().map_or((0, 0), |lists| (lists.read().count(), lists.written.len()));
        f.debug_struct("MessagePropagator")
            .field("trace_context", &self.w3c.reads_trace_context)
            .field("baggage", &self.w3c.reads_baggage)
            .field("repeats", &self.w3c.repeats)
            .field("others_read", &read)
            .field("others_written", &written)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_propagators_is_read_as_the_specification_says() {
        for (list, trace_context, baggage, others, unknown) in [
            ("", true, true, 0, None),
            (" , ", true, true, 0, None),
            ("tracecontext", true, false, 0, None),
            ("baggage", false, true, 0, None),
            (" tracecontext ,baggage,", true, true, 0, None),
            ("none", false, false, 0, None),
            ("none,tracecontext", false, false, 0, None),
            ("tracecontext,b3,jaeger", true, false, 2, None),
            ("tracecontext,ottrace,b3", true, false, 1, Some("ottrace")),
            ("b3", false, false, 1, None),
            ("b3multi,xray,datadog,elastic,cloudevents", false, false, 5, None),
            ("B3", false, false, 0, Some("B3")),
        ] {
            let (propagator, found) = MessagePropagator::from_list(list);
            let w3c = &propagator.w3c;
            let (read, written) =
                propagator.lists.as_ref().map_or((0, 0), |lists| (lists.read().count(), lists.written.len()));
            let unknown = unknown.map(|name| UnknownPropagatorError { name: name.to_owned() });
            assert_eq!((w3c.reads_trace_context, w3c.reads_baggage), (trace_context, baggage), "{list:?}");
            assert_eq!((w3c.writes_trace_context, w3c.writes_baggage), (trace_context, baggage), "{list:?}");
            assert_eq!((read, written, found), (others, others, unknown), "{list:?}");
        }
    }
}
