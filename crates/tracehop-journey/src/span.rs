//! One finished span, reduced to what journeys need.

use std::borrow::Cow;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, SpanKind, TraceId};

use crate::duration::elapsed;
use crate::older_names;
use crate::role::Role;
use crate::semconv;
use crate::source::Source;
use crate::span_parts::{Lost, SpanEvent, SpanKey, SpanParts, SpanStatus};
use crate::text;
use crate::value::{Attribute, Value, find, list_bytes};

/// How many links of one span are kept. It is the SDK's own default limit, as are the next two.
const MAX_LINKS: usize = 128;
const MAX_ATTRIBUTES: usize = 128;
const MAX_EVENTS: usize = 128;

/// What the attributes of one span, its events and what its links say may take, in bytes. The rest is counted.
const MAX_BYTES: usize = 16 * 1_024;

/// The semantic conventions' value for a failure that nothing better describes.
const OTHER_ERROR: &str = "_OTHER";

/// One finished span of a [`Journey`](crate::Journey): a read-only view.
///
/// What is kept is bounded: 128 links, 128 attributes and 128 events; names, keys and descriptions of 256 bytes, values of 1,024
/// bytes; and 16 KiB of attributes, events and attributes of links altogether. What goes beyond is cut or
/// [counted](Self::lost). No trace state is kept: what tracing systems pass on to each other is not shown, and may say who asked.
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
    status: SpanStatus,
    attributes: Box<[Attribute]>,
    events: Box<[SpanEvent]>,
    links: Box<[SpanKey]>,
    /// What links say beside whom they name, each with the place of its link, in order. Most say nothing.
    link_attributes: Box<[(usize, Box<[Attribute]>)]>,
    lost: Lost,
    /// What of it was lost here.
    cut: Lost,
    source: Arc<Source>,
}

impl JourneySpan {
    /// Reduces `parts`, or returns `None` if they have no valid ids: nothing could refer to such a span.
    pub fn new(parts: SpanParts, source: Arc<Source>) -> Option<Self> {
        let mut parts = parts;
        let (trace_id, span_id) = parts.key;
        if trace_id == TraceId::INVALID || span_id == SpanId::INVALID {
            return None;
        }
        let mut cut = Lost::default();
        let mut room = MAX_BYTES;
        let attributes = kept(&mut parts.attributes, MAX_ATTRIBUTES, &mut room, Attribute::heap_bytes);
        cut.attributes = attributes;
        for event in &mut parts.events {
            event.name = text::bounded_cow(mem::take(&mut event.name));
        }
        let events = kept(&mut parts.events, MAX_EVENTS, &mut room, SpanEvent::heap_bytes);
        cut.events = events;
        let links = parts.links.len();
        parts.links.retain(|link| link.key.0 != TraceId::INVALID && link.key.1 != SpanId::INVALID);
        parts.links.truncate(MAX_LINKS);
        let links = links.saturating_sub(parts.links.len());
        cut.links = u32::try_from(links).unwrap_or(u32::MAX);
        let links: Box<[SpanKey]> = parts.links.iter().map(|link| link.key).collect();
        let mut link_attributes: Vec<(usize, Box<[Attribute]>)> = Vec::new();
        for (place, link) in parts.links.into_iter().enumerate().filter(|(_, it)| !it.attributes.is_empty()) {
            if has_room(&mut room, &(place, &link.attributes), |it| list_bytes(it.1)) {
                link_attributes.push((place, link.attributes));
            } else {
                let attributes = u32::try_from(link.attributes.len()).unwrap_or(u32::MAX);
                cut.attributes = cut.attributes.saturating_add(attributes);
            }
        }
        let operation_type =
            find(&parts.attributes, semconv::MESSAGING_OPERATION_TYPE).and_then(Value::as_str);
        let has_message =
            !links.is_empty() || parts.parent_span_id.is_some_and(|_| parts.parent_is_remote != Some(false));
        let older = || older_names::role(&parts.attributes, &parts.kind, has_message);
        let by_name = if operation_type.is_none() { older() } else { None };
        let role = by_name.or_else(|| Role::of(operation_type, &parts.kind));
        // Formats that do not say it leave it to the kind: what serves or consumes, does so for somebody else.
        let guessed = || matches!(parts.kind, SpanKind::Consumer | SpanKind::Server);
        Some(Self {
            role,
            parent_is_remote: parts.parent_is_remote.unwrap_or_else(guessed),
            name: text::bounded_cow(parts.name),
            kind: parts.kind,
            key: parts.key,
            parent_span_id: parts.parent_span_id.filter(|&id| id != SpanId::INVALID),
            started: parts.started,
            // A clock set back during the span must not give it a negative length.
            ended: parts.ended.max(parts.started),
            status: match parts.status {
                SpanStatus::Error(description) => SpanStatus::Error(text::bounded(&description)),
                status => status,
            },
            attributes: parts.attributes.into(),
            events: parts.events.into(),
            links,
            link_attributes: link_attributes.into(),
            lost: parts.lost.and(cut),
            cut,
            source,
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
        self.source.service()
    }

    /// The resource and the scope that recorded the span.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// The attributes, in the order in which they came.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The value of an attribute. If it was set twice the last value counts, as it does for backends.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        find(&self.attributes, key)
    }

    /// What happened in the span, in the order in which it came.
    pub fn events(&self) -> &[SpanEvent] {
        &self.events
    }

    /// How the span ended.
    pub fn status(&self) -> &SpanStatus {
        &self.status
    }

    /// How many attributes, events and links are missing, because of the limits of the SDK or of this view.
    pub fn lost(&self) -> Lost {
        self.lost
    }

    /// How many of those that are [missing](Self::lost) were cut by the limits of this view.
    pub fn cut(&self) -> Lost {
        self.cut
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

    /// The [links](Self::links), each with what it says beside whom it names.
    pub fn links_with_attributes(&self) -> impl Iterator<Item = (SpanKey, &[Attribute])> {
        let mut told = self.link_attributes.iter().peekable();
        self.links.iter().enumerate().map(move |(place, &key)| {
            let attributes = told.next_if(|it| it.0 == place).map_or(&[][..], |it| &it.1);
            (key, attributes)
        })
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
        let error = self.text(semconv::ERROR_TYPE);
        error.or_else(|| matches!(self.status, SpanStatus::Error(_)).then_some(OTHER_ERROR))
    }

    /// `error.type` of the last failure in the span that was taken care of, or `None` if there was none.
    ///
    /// It is read from tracehop's event `tracehop.failure_handled`. A span whose failure was taken care of did not fail: its
    /// message went to dead letters, for example.
    pub fn handled_error(&self) -> Option<&str> {
        let handled = self.events.iter().rev().find(|it| it.name == semconv::TRACEHOP_FAILURE_HANDLED)?;
        Some(find(&handled.attributes, semconv::ERROR_TYPE).and_then(Value::as_str).unwrap_or(OTHER_ERROR))
    }

    /// `messaging.system`, such as `kafka`.
    pub fn system(&self) -> Option<&str> {
        self.text(semconv::MESSAGING_SYSTEM)
    }

    /// `messaging.operation.name`, the operation in the broker's own words, such as `commit`.
    pub fn operation_name(&self) -> Option<&str> {
        self.text(semconv::MESSAGING_OPERATION_NAME)
    }

    /// `messaging.destination.name`, such as a topic, subject or queue.
    pub fn destination(&self) -> Option<&str> {
        let older = || older_names::destination(&self.attributes).and_then(Value::as_str);
        self.text(semconv::MESSAGING_DESTINATION_NAME).or_else(older)
    }

    /// `messaging.destination.partition.id`. Some instrumentations write a number instead of a string.
    pub fn partition(&self) -> Option<Cow<'_, str>> {
        let partition = self.attribute(semconv::MESSAGING_DESTINATION_PARTITION_ID);
        partition.or_else(|| older_names::partition(&self.attributes)).map(Value::to_text)
    }

    /// `messaging.consumer.group.name`.
    pub fn consumer_group(&self) -> Option<&str> {
        let older = || older_names::consumer_group(&self.attributes).and_then(Value::as_str);
        self.text(semconv::MESSAGING_CONSUMER_GROUP_NAME).or_else(older)
    }

    /// `messaging.message.id`.
    pub fn message_id(&self) -> Option<&str> {
        let older = || older_names::message_id(&self.attributes).and_then(Value::as_str);
        self.text(semconv::MESSAGING_MESSAGE_ID).or_else(older)
    }

    /// `messaging.kafka.offset`, counted from 0 within the partition.
    pub fn kafka_offset(&self) -> Option<i64> {
        let offset = self.attribute(semconv::MESSAGING_KAFKA_OFFSET);
        match offset.or_else(|| older_names::offset(&self.attributes))? {
            Value::I64(offset) => Some(*offset),
            other => other.to_text().parse().ok(),
        }
    }

    /// `messaging.batch.message_count`: how many messages the span sent, received or handled together.
    pub fn batch_message_count(&self) -> Option<u64> {
        match self.attribute(semconv::MESSAGING_BATCH_MESSAGE_COUNT)? {
            Value::I64(count) => u64::try_from(*count).ok(),
            other => other.to_text().parse().ok(),
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.attribute(key).and_then(Value::as_str)
    }

    /// What the span takes in memory, in bytes, without its [`Source`], which it shares.
    ///
    /// It counts the span and each of its allocations, rounded up as allocators do.
    pub fn bytes(&self) -> usize {
        let name = match &self.name {
            Cow::Borrowed(_) => 0,
            Cow::Owned(name) => text::allocated(name.capacity()),
        };
        let status = match &self.status {
            SpanStatus::Error(description) => text::allocated(description.len()),
            SpanStatus::Unset | SpanStatus::Ok => 0,
        };
        let events = text::allocated(size_of_val(&*self.events))
            + self.events.iter().map(SpanEvent::heap_bytes).sum::<usize>();
        text::allocated(size_of::<Self>() + 16)
            + name
            + status
            + events
            + list_bytes(&self.attributes)
            + text::allocated(size_of_val(&*self.links))
            + text::allocated(size_of_val(&*self.link_attributes))
            + self.link_attributes.iter().map(|it| list_bytes(&it.1)).sum::<usize>()
    }

    /// The span's identity.
    pub fn key(&self) -> SpanKey {
        self.key
    }

    /// The identity of its parent.
    pub fn parent(&self) -> Option<SpanKey> {
        self.parent_span_id.map(|id| (self.key.0, id))
    }

    /// Whether a send put its own context on the message: by the conventions it is else no `PRODUCER`.
    pub(crate) fn has_own_context(&self) -> bool {
        self.kind == SpanKind::Producer
    }

    pub(crate) fn with_source(self, source: Arc<Source>) -> Self {
        Self { source, ..self }
    }

    pub(crate) fn is(&self, role: Role) -> bool {
        self.role == Some(role)
    }
}

impl SpanEvent {
    fn heap_bytes(&self) -> usize {
        let name = match &self.name {
            Cow::Borrowed(_) => 0,
            Cow::Owned(name) => text::allocated(name.capacity()),
        };
        name + list_bytes(&self.attributes)
    }
}

/// Keeps the first `most` parts as long as there is room for them, and says how many went.
fn kept<T>(parts: &mut Vec<T>, most: usize, room: &mut usize, heap_bytes: fn(&T) -> usize) -> u32 {
    let before = parts.len();
    parts.truncate(most);
    parts.retain(|part| has_room(room, part, heap_bytes));
    u32::try_from(before - parts.len()).unwrap_or(u32::MAX)
}

/// Whether there is room for a part, which then is taken.
fn has_room<T>(room: &mut usize, part: &T, heap_bytes: fn(&T) -> usize) -> bool {
    let bytes = size_of::<T>() + heap_bytes(part);
    let left = room.checked_sub(bytes);
    *room = left.unwrap_or(*room);
    left.is_some()
}
