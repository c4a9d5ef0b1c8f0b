//! Any OpenTelemetry propagator as a format.

use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;

use super::Problems;
use super::carrier_extractor::CarrierExtractor;
use super::context_format::{ContextFormat, Found, OutgoingContext};
use crate::carrier::{Carrier, HeaderPatch};
use crate::context::CreationContext;

/// A propagator that is not built in.
pub(super) struct TextMapFormat(pub(super) Arc<dyn TextMapPropagator + Send + Sync>);

impl ContextFormat for TextMapFormat {
    fn fields(&self) -> Vec<&str> {
        self.0.fields().collect()
    }

    fn read(&self, carrier: &dyn Carrier) -> Found {
        let headers = CarrierExtractor::read(carrier, self.0.fields());
        let creation = CreationContext::from_context(&self.0.extract_with_context(&Context::new(), &headers));
        // Whether a header that says nothing is malformed is not known.
        Found { names: headers.names_of(self.0.fields()), creation, ..Found::default() }
    }

    fn values_on(&self, cx: Context, carrier: &dyn Carrier) -> Context {
        let headers = CarrierExtractor::read(carrier, self.0.fields());
        let next = self.0.extract_with_context(&cx, &headers);
        // The first propagator that finds a span decides; later ones may still add values.
        let span = cx.span().span_context().clone();
        if span.is_valid() { next.with_remote_span_context(span) } else { next }
    }

    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems {
        // A field that this propagator does not write now may still be there from an earlier hop. Its own spelling and order
        // of the fields count, so they come first.
        self.0.fields().for_each(|name| patch.remove(name));
        let cx = outgoing.cx.with_remote_span_context(outgoing.span.clone());
        self.0.inject_context(&cx, patch);
        Problems::default()
    }
}
