//! A finished span and where it came from.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::SpanData;

/// A finished span, and the service that it is of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedSpan {
    /// The name of its service: `service.name` of what exported it, or what was given to
    /// [`SpanRecorder::service`](crate::SpanRecorder::service). `None` if there is none.
    pub service: Option<Arc<str>>,
    /// The attributes of the resource that exported it. They are empty for spans of a [`SpanRecorder`](crate::SpanRecorder).
    pub resource: Arc<[KeyValue]>,
    /// The span.
    pub span: SpanData,
}

/// What identifies a span.
pub(crate) type Id = (TraceId, SpanId);

impl RecordedSpan {
    pub(crate) fn id(&self) -> Id {
        (self.span.span_context.trace_id(), self.span.span_context.span_id())
    }

    /// `None` if it is a root.
    pub(crate) fn parent(&self) -> Option<Id> {
        let parent = self.span.parent_span_id;
        (parent != SpanId::INVALID).then(|| (self.span.span_context.trace_id(), parent))
    }

    pub(crate) fn links(&self) -> impl Iterator<Item = Id> + '_ {
        self.span.links.iter().map(|link| (link.span_context.trace_id(), link.span_context.span_id()))
    }

    /// The value of an attribute. If it was set twice the last value counts, as it does for backends.
    pub(crate) fn attribute(&self, key: &str) -> Option<String> {
        let attribute = self.span.attributes.iter().rev().find(|attribute| attribute.key.as_str() == key)?;
        Some(attribute.value.as_str().into_owned())
    }
}

impl From<SpanData> for RecordedSpan {
    /// A span of no service.
    fn from(span: SpanData) -> Self {
        Self { service: None, resource: Arc::new([]), span }
    }
}
