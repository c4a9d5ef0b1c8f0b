use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use tracehop::{Carrier, MessagePropagator, Transport};

/// The propagator of messages, for instrumentation of other calls: the same formats on both ways.
#[derive(Clone, Debug)]
pub(super) struct TextMap {
    propagator: MessagePropagator,
    fields: Vec<String>,
}

impl TextMap {
    pub(super) fn new(propagator: MessagePropagator) -> Self {
        // Nobody else knows the names of the headers in which a span and baggage travel.
        let span = SpanContext::new(1.into(), 1.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
        let cx = Context::new().with_baggage([opentelemetry::KeyValue::new("a", "b")]);
        let cx = cx.with_remote_span_context(span.clone());
        let (patch, _) = propagator.patch(&span, &cx);
        let fields = patch.names().chain(patch.other_names()).map(str::to_owned).collect();
        Self { propagator, fields }
    }
}

impl TextMapPropagator for TextMap {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let (patch, _) = self.propagator.patch(span.span_context(), cx);
        for (name, value) in patch.headers() {
            // A text cannot carry a binary format.
            if let Ok(value) = std::str::from_utf8(value) {
                injector.set(name, value.to_owned());
            }
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let creation = self.propagator.extract(&Headers(extractor)).creation;
        let baggage = creation.baggage();
        let cx = if baggage.is_empty() { cx.clone() } else { cx.with_baggage(baggage) };
        if creation.is_valid() { cx.with_remote_span_context(creation.span_context()) } else { cx }
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

/// Headers of another call.
struct Headers<'a>(&'a dyn Extractor);

impl Carrier for Headers<'_> {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        for name in self.0.keys() {
            for value in self.0.get_all(name).unwrap_or_default() {
                f(name.as_bytes(), Some(value.as_bytes()));
            }
        }
    }

    fn transport(&self) -> Transport {
        Transport::MAP
    }
}
