//! One finished span, reduced to what journeys need.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};
use opentelemetry_sdk::trace::SpanData;

use super::duration::elapsed;
use super::role::Role;
use super::text;
use crate::semconv;

/// How many links of one span are kept. It is the SDK's own default limit.
const MAX_LINKS: usize = 128;

/// The semantic conventions' value for a failure that nothing better describes.
const OTHER_ERROR: &str = "_OTHER";

/// A span's identity. A span id alone may be in several traces.
pub(super) type SpanKey = (TraceId, SpanId);

/// One finished span of a [`Journey`](crate::Journey): a read-only view.
///
/// Only what journeys need is kept. Each string is cut at 256 bytes and links after the 128th are left out.
/// Strings are as the instrumentation wrote them. Only the plain-text views make them safe to print.
#[derive(Clone, Debug)]
pub struct JourneySpan {
    name: Cow<'static, str>,
    kind: SpanKind,
    role: Option<Role>,
    key: SpanKey,
    parent_span_id: Option<SpanId>,
    parent_is_remote: bool,
    started: SystemTime,
    ended: SystemTime,
    links: Box<[SpanKey]>,
    dropped_links: u64,
    error: Option<Box<str>>,
    handled_error: Option<Box<str>>,
    service: Option<Arc<str>>,
    messaging: Messaging,
}

/// The `messaging.*` attributes, by the names they have after the prefix.
#[derive(Clone, Debug, Default)]
struct Messaging {
    system: Option<Box<str>>,
    operation_name: Option<Box<str>>,
    destination: Option<Box<str>>,
    partition: Option<Box<str>>,
    consumer_group: Option<Box<str>>,
    message_id: Option<Box<str>>,
    kafka_offset: Option<i64>,
}

impl JourneySpan {
    /// Reduces `data`, or returns `None` if it has no valid ids: nothing could refer to such a span.
    pub(super) fn new(data: SpanData, service: Option<Arc<str>>) -> Option<Self> {
        if !data.span_context.is_valid() {
            return None;
        }
        let mut messaging = Messaging::default();
        let (mut operation_type, mut error_type) = (None, None);
        for KeyValue { key, value, .. } in &data.attributes {
            let text = || Some(text::bounded(&value.as_str()));
            match key.as_str() {
                semconv::MESSAGING_SYSTEM => messaging.system = text(),
                semconv::MESSAGING_OPERATION_TYPE => operation_type = text(),
                semconv::MESSAGING_OPERATION_NAME => messaging.operation_name = text(),
                semconv::MESSAGING_DESTINATION_NAME => messaging.destination = text(),
                semconv::MESSAGING_DESTINATION_PARTITION_ID => messaging.partition = text(),
                semconv::MESSAGING_CONSUMER_GROUP_NAME => messaging.consumer_group = text(),
                semconv::MESSAGING_MESSAGE_ID => messaging.message_id = text(),
                semconv::MESSAGING_KAFKA_OFFSET => messaging.kafka_offset = value.as_str().parse().ok(),
                semconv::ERROR_TYPE => error_type = text(),
                _ => {}
            }
        }
        let handled_error = data.events.iter().rev().find_map(|event| {
            let error_type = event.attributes.iter().find(|it| it.key.as_str() == semconv::ERROR_TYPE);
            let text =
                || error_type.map_or_else(|| OTHER_ERROR.into(), |it| text::bounded(&it.value.as_str()));
            (event.name == semconv::TRACEHOP_FAILURE_HANDLED).then(text)
        });
        let failed = matches!(data.status, Status::Error { .. });
        let valid = |link: &SpanKey| link.0 != TraceId::INVALID && link.1 != SpanId::INVALID;
        let key_of =
            |link: &opentelemetry::trace::Link| (link.span_context.trace_id(), link.span_context.span_id());
        let left_out = data.links.len().saturating_sub(MAX_LINKS) as u64;
        Some(Self {
            name: text::bounded_cow(data.name),
            role: Role::of(operation_type.as_deref(), &data.span_kind),
            kind: data.span_kind,
            key: (data.span_context.trace_id(), data.span_context.span_id()),
            parent_span_id: Some(data.parent_span_id).filter(|&id| id != SpanId::INVALID),
            parent_is_remote: data.parent_span_is_remote,
            started: data.start_time,
            // A clock set back during the span must not give it a negative length.
            ended: data.end_time.max(data.start_time),
            links: data.links.iter().take(MAX_LINKS).map(key_of).filter(valid).collect(),
            dropped_links: left_out + u64::from(data.links.dropped_count),
            error: error_type.or_else(|| failed.then(|| OTHER_ERROR.into())),
            handled_error,
            service,
            messaging,
        })
    }

    /// The span's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The span's kind.
    pub fn kind(&self) -> &SpanKind {
        &self.kind
    }

    /// What the span did with a message, or `None` if it is not a messaging span.
    pub fn role(&self) -> Option<Role> {
        self.role
    }

    /// `service.name` of the provider that recorded the span, or `unknown_service`.
    pub fn service(&self) -> &str {
        self.service.as_deref().unwrap_or("unknown_service")
    }

    /// The trace the span belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.key.0
    }

    /// The span's id, unique within its trace.
    pub fn span_id(&self) -> SpanId {
        self.key.1
    }

    /// The parent's id in the same trace, or `None` for the root of a trace.
    pub fn parent_span_id(&self) -> Option<SpanId> {
        self.parent_span_id
    }

    /// Whether the parent's context came from another process.
    pub fn parent_is_remote(&self) -> bool {
        self.parent_is_remote
    }

    /// The spans that this one links to, in the order in which the links were added. They may be in other traces.
    pub fn links(&self) -> &[(TraceId, SpanId)] {
        &self.links
    }

    /// How many links were left out, because of the SDK's limit or of this view's.
    pub fn dropped_links(&self) -> u64 {
        self.dropped_links
    }

    /// When the span started, by the clock of the process that recorded it.
    pub fn started(&self) -> SystemTime {
        self.started
    }

    /// When the span ended. It is never before [`started`](Self::started).
    pub fn ended(&self) -> SystemTime {
        self.ended
    }

    /// The time from the start to the end.
    pub fn duration(&self) -> Duration {
        elapsed(self.started, self.ended)
    }

    /// `error.type` if the span failed, `_OTHER` if it failed and does not say why, or `None` if it did not fail.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// `error.type` of the last failure in the span that was taken care of, or `None` if there was none.
    ///
    /// It is read from tracehop's event `tracehop.failure_handled`. A span whose failure was taken care of did not fail: its
    /// message went to dead letters, for example.
    pub fn handled_error(&self) -> Option<&str> {
        self.handled_error.as_deref()
    }

    /// `messaging.system`, such as `kafka`.
    pub fn system(&self) -> Option<&str> {
        self.messaging.system.as_deref()
    }

    /// `messaging.operation.name`, the operation in the broker's own words, such as `commit`.
    pub fn operation_name(&self) -> Option<&str> {
        self.messaging.operation_name.as_deref()
    }

    /// `messaging.destination.name`, such as a topic, subject or queue.
    pub fn destination(&self) -> Option<&str> {
        self.messaging.destination.as_deref()
    }

    /// `messaging.destination.partition.id`.
    pub fn partition(&self) -> Option<&str> {
        self.messaging.partition.as_deref()
    }

    /// `messaging.consumer.group.name`.
    pub fn consumer_group(&self) -> Option<&str> {
        self.messaging.consumer_group.as_deref()
    }

    /// `messaging.message.id`.
    pub fn message_id(&self) -> Option<&str> {
        self.messaging.message_id.as_deref()
    }

    /// `messaging.kafka.offset`, counted from 0 within the partition.
    pub fn kafka_offset(&self) -> Option<i64> {
        self.messaging.kafka_offset
    }

    pub(super) fn key(&self) -> SpanKey {
        self.key
    }

    pub(super) fn parent(&self) -> Option<SpanKey> {
        self.parent_span_id.map(|id| (self.key.0, id))
    }

    pub(super) fn is(&self, role: Role) -> bool {
        self.role == Some(role)
    }
}
