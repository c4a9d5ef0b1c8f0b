//! A propagator that finds its headers by a prefix of their names, as Jaeger's does with baggage.

use opentelemetry::Context;
use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};

const PREFIX: &str = "uberctx-";

/// Writes each member of the baggage into a header of its own.
#[derive(Debug)]
pub(crate) struct PrefixPropagator;

impl TextMapPropagator for PrefixPropagator {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        for (key, (value, _)) in cx.baggage() {
            injector.set(&format!("{PREFIX}{key}"), value.as_str().to_owned());
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        let member = |name: &str| {
            let key = name.strip_prefix(PREFIX)?.to_owned();
            Some(KeyValue::new(key, extractor.get(name)?.to_owned()))
        };
        cx.with_baggage(extractor.keys().into_iter().filter_map(member).collect::<Vec<_>>())
    }

    /// No names: the propagator does not know them in advance, and this is what it is here to show.
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}
