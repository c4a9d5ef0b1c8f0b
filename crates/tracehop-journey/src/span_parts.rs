//! What a span is read from.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{SpanId, SpanKind, TraceId};

use crate::value::Attribute;

/// A span's identity. A span id alone may be in several traces.
pub type SpanKey = (TraceId, SpanId);

/// What a finished span says, before it is reduced to a [`JourneySpan`](crate::JourneySpan). Readers of formats fill it.
///
/// [`Default`] is a span without identity, which cannot be kept.
#[derive(Clone, Debug)]
pub struct SpanParts {
    /// The trace, and the span in it.
    pub key: SpanKey,
    /// The parent, in the same trace.
    pub parent_span_id: Option<SpanId>,
    /// Whether the parent's context came from another process, if the format says so.
    pub parent_is_remote: Option<bool>,
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its kind.
    pub kind: SpanKind,
    /// When it started.
    pub started: SystemTime,
    /// When it ended.
    pub ended: SystemTime,
    /// How it ended.
    pub status: SpanStatus,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
    /// Its events.
    pub events: Vec<SpanEvent>,
    /// The spans that it links to.
    pub links: Vec<SpanLink>,
    /// How many attributes, events and links were lost already.
    pub lost: Lost,
}

/// How a span ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SpanStatus {
    /// Nobody said.
    #[default]
    Unset,
    /// Well.
    Ok,
    /// Not well. The text may be empty.
    Error(Box<str>),
}

/// Something that happened in a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvent {
    /// What happened.
    pub name: Cow<'static, str>,
    /// When.
    pub at: SystemTime,
    /// More about it.
    pub attributes: Box<[Attribute]>,
}

/// A link to another span, such as the one that made a message.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanLink {
    /// The other span.
    pub key: SpanKey,
    /// More about it. Of a batch, each link may say which message it is: its id, its partition, its offset.
    pub attributes: Box<[Attribute]>,
}

/// How many parts of a span are missing, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// Attributes of the span, of its events and of its links.
    pub attributes: u32,
    /// Events.
    pub events: u32,
    /// Links.
    pub links: u32,
}

impl Lost {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            attributes: self.attributes.saturating_add(other.attributes),
            events: self.events.saturating_add(other.events),
            links: self.links.saturating_add(other.links),
        }
    }
}

/// A link that says nothing more.
impl From<SpanKey> for SpanLink {
    fn from(key: SpanKey) -> Self {
        Self { key, attributes: Box::default() }
    }
}

impl Default for SpanParts {
    fn default() -> Self {
        Self {
            key: (TraceId::INVALID, SpanId::INVALID),
            parent_span_id: None,
            parent_is_remote: None,
            name: Cow::Borrowed(""),
            kind: SpanKind::Internal,
            started: SystemTime::UNIX_EPOCH,
            ended: SystemTime::UNIX_EPOCH,
            status: SpanStatus::Unset,
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            lost: Lost::default(),
        }
    }
}
