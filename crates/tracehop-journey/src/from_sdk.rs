//! Spans of the OpenTelemetry SDK.

use std::sync::Arc;

use opentelemetry::trace::Status;
use opentelemetry::{KeyValue, Value as SdkValue};
use opentelemetry_sdk::trace::SpanData;

use crate::source::Source;
use crate::span::JourneySpan;
use crate::span_parts::{Lost, SpanEvent, SpanLink, SpanParts, SpanStatus};
use crate::text;
use crate::value::{Attribute, Value};

impl JourneySpan {
    /// Reduces a span of the SDK, or returns `None` if it has no valid ids: nothing could refer to such a span.
    pub fn from_sdk(data: SpanData, source: Arc<Source>) -> Option<Self> {
        let of_events = data.events.iter().map(|it| it.dropped_attributes_count);
        let of_links = data.links.iter().map(|it| it.dropped_attributes_count);
        let lost_attributes =
            of_events.chain(of_links).fold(data.dropped_attributes_count, u32::saturating_add);
        let parts = SpanParts {
            key: (data.span_context.trace_id(), data.span_context.span_id()),
            parent_span_id: Some(data.parent_span_id),
            parent_is_remote: Some(data.parent_span_is_remote),
            name: data.name,
            kind: data.span_kind,
            started: data.start_time,
            ended: data.end_time,
            status: match data.status {
                Status::Unset => SpanStatus::Unset,
                Status::Ok => SpanStatus::Ok,
                Status::Error { description } => SpanStatus::Error(text::bounded(&description)),
            },
            attributes: data.attributes.iter().map(Attribute::from_sdk).collect(),
            links: data.links.iter().map(SpanLink::from_sdk).collect(),
            lost: Lost {
                attributes: lost_attributes,
                events: data.events.dropped_count,
                links: data.links.dropped_count,
            },
            events: data.events.events.into_iter().map(SpanEvent::from_sdk).collect(),
        };
        Self::new(parts, source)
    }
}

impl SpanEvent {
    fn from_sdk(event: opentelemetry::trace::Event) -> Self {
        Self {
            name: event.name,
            at: event.timestamp,
            attributes: event.attributes.iter().map(Attribute::from_sdk).collect(),
        }
    }
}

impl SpanLink {
    fn from_sdk(link: &opentelemetry::trace::Link) -> Self {
        Self {
            key: (link.span_context.trace_id(), link.span_context.span_id()),
            attributes: link.attributes.iter().map(Attribute::from_sdk).collect(),
        }
    }
}

impl Attribute {
    /// An attribute of the SDK.
    pub fn from_sdk(attribute: &KeyValue) -> Self {
        Self::new(attribute.key.as_str(), Value::from_sdk(&attribute.value))
    }
}

impl Value {
    fn from_sdk(value: &SdkValue) -> Self {
        match value {
            SdkValue::Bool(truth) => Self::Bool(*truth),
            SdkValue::I64(number) => Self::I64(*number),
            SdkValue::F64(number) => Self::F64(*number),
            SdkValue::String(text) => Self::text(text.as_str()),
            SdkValue::Array(array) => Self::Json(text::head(&array.to_string(), text::MAX_VALUE).into()),
            _ => Self::text(&value.as_str()),
        }
    }
}
