//! For tests: a processor that keeps spans, and what of them is compared.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

#[derive(Clone, Debug, Default)]
pub(crate) struct Keep(Arc<Mutex<Vec<SpanData>>>);

impl Keep {
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.0.lock().unwrap().clone()
    }
}

impl SpanProcessor for Keep {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.0.lock().unwrap().push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn sorted(attributes: &[KeyValue]) -> Vec<String> {
    let mut lines: Vec<_> =
        attributes.iter().map(|attribute| format!("{}={}", attribute.key, attribute.value)).collect();
    lines.sort();
    lines
}

/// Everything that is paid for.
pub(crate) fn said(span: &SpanData) -> impl PartialEq + std::fmt::Debug + use<> {
    let links: Vec<_> =
        span.links.iter().map(|link| (link.span_context.clone(), sorted(&link.attributes))).collect();
    let parent = (span.parent_span_id, span.span_context.is_sampled());
    (span.name.clone(), span.span_kind.clone(), parent, sorted(&span.attributes), links)
}
