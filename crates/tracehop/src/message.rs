//! What an adapter says about a message: plain data, borrowed from the client's own.

use std::cell::RefCell;
use std::fmt;
use std::time::SystemTime;

use opentelemetry::{KeyValue, Value};

use crate::intern::{self, Text};
use crate::policy::Policy;
use crate::semconv;
use crate::{Carrier, MessagingSystem};

/// How many attributes of its own a system may add to a message.
const OWN_ATTRIBUTES: usize = 6;

/// A message that was got from a broker, as core sees it.
///
/// Implemented by adapters for their client's message types.
pub trait Inbound<S: MessagingSystem> {
    /// The facts for the spans. Called once for each span; it should only borrow.
    fn info(&self) -> MessageInfo<'_>;

    /// The headers, to read the creation context from.
    fn headers(&self) -> impl Carrier + '_;

    /// When the message was made or stored, if the system says so. Only asked for if a
    /// [maximal age](crate::MessagingTracerBuilder::max_age) is set.
    fn sent_at(&self) -> Option<SystemTime> {
        None
    }
}

/// The value of an attribute, borrowed until a span that records needs it.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum AttributeValue<'a> {
    /// A string of low cardinality, kept for the life of the process (within a bound).
    Name(&'a str),
    /// Any other string.
    Str(&'a str),
    /// An integer.
    Int(i64),
    /// A boolean.
    Bool(bool),
}

impl AttributeValue<'_> {
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Name(name) => Text::new(name).value(),
            Self::Str(text) => text.to_owned().into(),
            Self::Int(number) => number.into(),
            Self::Bool(flag) => flag.into(),
        }
    }
}

impl fmt::Debug for AttributeValue<'_> {
    /// Leaves strings out: a message key may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(_) | Self::Str(_) => f.write_str("Str(..)"),
            Self::Int(number) => write!(f, "Int({number})"),
            Self::Bool(flag) => write!(f, "Bool({flag})"),
        }
    }
}

/// Where messages go to or come from.
///
/// A name of high cardinality must not become part of a span's name: give a template instead, or say that the
/// destination is temporary or anonymous.
#[derive(Clone, Copy, Debug, Default)]
pub struct Destination<'a> {
    name: Name<'a>,
    template: Option<&'a str>,
    temporary: bool,
    anonymous: bool,
}

impl<'a> Destination<'a> {
    /// A destination with a name that stands for itself: a topic, a queue.
    pub const fn named(name: &'a str) -> Self {
        Self { name: Name::One(name), template: None, temporary: false, anonymous: false }
    }

    /// A destination whose name is made of parts, joined with a colon: exchange, routing key and queue. Empty parts are
    /// left out.
    pub const fn joined(parts: [&'a str; 3]) -> Self {
        Self { name: Name::Joined(parts), template: None, temporary: false, anonymous: false }
    }

    /// No single destination: the operation concerns several, or none.
    pub const fn none() -> Self {
        Self { name: Name::None, template: None, temporary: false, anonymous: false }
    }

    /// The pattern the name was made from: it takes the name's place in span names.
    pub const fn template(self, template: &'a str) -> Self {
        Self { template: Some(template), ..self }
    }

    /// The destination will vanish, a reply queue for one.
    pub const fn temporary(self) -> Self {
        Self { temporary: true, ..self }
    }

    /// The destination's name was drawn by the broker.
    pub const fn anonymous(self) -> Self {
        Self { anonymous: true, ..self }
    }

    /// Its name, if it has one that may stand in a span's name.
    pub(crate) fn to_name(self) -> Option<String> {
        self.name.with(|name| name.filter(|_| self.is_lasting()).map(str::to_owned))
    }

    /// Whether this is the name that [`to_name`](Self::to_name) would give.
    pub(crate) fn is_named(self, other: &str) -> bool {
        self.is_lasting() && self.name.with(|name| name == Some(other))
    }

    /// Whether the name is of low cardinality.
    fn is_lasting(self) -> bool {
        !self.temporary && !self.anonymous && self.template.is_none()
    }

    /// The name as an attribute. Those of high cardinality are not interned: they would fill the table.
    fn name_value(self) -> Option<Value> {
        let value =
            |name: &str| if self.is_lasting() { Text::new(name).value() } else { name.to_owned().into() };
        self.name.with(|name| name.map(value))
    }

    /// What of it may stand in a span's name.
    pub(crate) fn low_cardinality(&self) -> Option<Text> {
        match self.template {
            Some(template) => Some(Text::new(template)),
            None if self.temporary || self.anonymous => None,
            None => self.name.with(|name| name.map(Text::new)),
        }
    }
}

/// A destination's name: joined only when a span needs it.
#[derive(Clone, Copy, Debug, Default)]
enum Name<'a> {
    #[default]
    None,
    One(&'a str),
    Joined([&'a str; 3]),
}

impl Name<'_> {
    fn with<T>(self, f: impl FnOnce(Option<&str>) -> T) -> T {
        thread_local! {
            // Joining in place costs no allocation once the buffer has grown.
            static BUFFER: RefCell<String> = const { RefCell::new(String::new()) };
        }
        match self {
            Self::None => f(None),
            Self::One(name) => f(Some(name)),
            Self::Joined(parts) => BUFFER.with_borrow_mut(|buffer| {
                buffer.clear();
                for part in parts.into_iter().filter(|part| !part.is_empty()) {
                    if !buffer.is_empty() {
                        buffer.push(':');
                    }
                    buffer.push_str(part);
                }
                f((!buffer.is_empty()).then_some(buffer))
            }),
        }
    }
}

/// The facts about one message that its spans show.
///
/// ```
/// use tracehop::{AttributeValue, Destination, MessageInfo};
///
/// let info = MessageInfo::to(Destination::named("orders"))
///     .partition(3)
///     .attribute("messaging.kafka.offset", AttributeValue::Int(42));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct MessageInfo<'a> {
    pub(crate) destination: Destination<'a>,
    partition: Option<i64>,
    message_id: Option<&'a str>,
    conversation_id: Option<&'a str>,
    body_size: Option<usize>,
    key: Option<(&'static str, &'a [u8])>,
    own: [Option<(&'static str, AttributeValue<'a>)>; OWN_ATTRIBUTES],
}

impl<'a> MessageInfo<'a> {
    /// A message to or from `destination`.
    #[inline]
    pub fn to(destination: Destination<'a>) -> Self {
        Self { destination, ..Self::default() }
    }

    /// The partition, by number.
    #[inline]
    pub fn partition(self, partition: impl Into<i64>) -> Self {
        Self { partition: Some(partition.into()), ..self }
    }

    /// The message's own identifier.
    #[inline]
    pub fn message_id(self, id: &'a str) -> Self {
        Self { message_id: Some(id), ..self }
    }

    /// The identifier of the conversation, AMQP's correlation id for one.
    #[inline]
    pub fn conversation_id(self, id: &'a str) -> Self {
        Self { conversation_id: Some(id), ..self }
    }

    /// The size of the payload in bytes. Recorded only if asked for.
    #[inline]
    pub fn body_size(self, bytes: usize) -> Self {
        Self { body_size: Some(bytes), ..self }
    }

    /// The message's key, shown as `attribute` if the tracer
    /// [records keys](crate::MessagingTracerBuilder::record_message_keys) and the key is UTF-8.
    #[inline]
    pub fn key(self, attribute: &'static str, key: &'a [u8]) -> Self {
        Self { key: Some((attribute, key)), ..self }
    }

    /// An attribute of this system's own. Beyond six they are left out.
    #[inline]
    pub fn attribute(mut self, key: &'static str, value: AttributeValue<'a>) -> Self {
        if let Some(slot) = self.own.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some((key, value));
        }
        self
    }

    /// Adds the attributes to `list`.
    pub(crate) fn describe(&self, policy: &Policy, list: &mut Vec<KeyValue>) {
        let mut push = |key, value: Value| list.push(KeyValue::new(key, value));
        let Destination { name: _, template, temporary, anonymous } = self.destination;
        if let Some(name) = self.destination.name_value() {
            push(semconv::MESSAGING_DESTINATION_NAME, name);
        }
        if let Some(template) = template {
            push(semconv::MESSAGING_DESTINATION_TEMPLATE, Text::new(template).value());
        }
        if temporary {
            push(semconv::MESSAGING_DESTINATION_TEMPORARY, true.into());
        }
        if anonymous {
            push(semconv::MESSAGING_DESTINATION_ANONYMOUS, true.into());
        }
        if let (true, Some(bytes)) = (policy.body_sizes, self.body_size) {
            push(semconv::MESSAGING_MESSAGE_BODY_SIZE, i64::try_from(bytes).unwrap_or(i64::MAX).into());
        }
        if let (true, Some((attribute, key))) = (policy.message_keys, self.key)
            && let Ok(key) = std::str::from_utf8(key)
        {
            push(attribute, key.to_owned().into());
        }
        self.describe_place(list);
    }

    /// Adds the attributes that tell this message from others of its batch.
    pub(crate) fn describe_in_batch(&self, with_destination: bool, list: &mut Vec<KeyValue>) {
        if let Some(name) = self.destination.name_value().filter(|_| with_destination) {
            list.push(KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, name));
        }
        self.describe_place(list);
    }

    /// Where in its destination the message is, and its names.
    fn describe_place(&self, list: &mut Vec<KeyValue>) {
        let mut push = |key, value: Value| list.push(KeyValue::new(key, value));
        if let Some(partition) = self.partition {
            push(semconv::MESSAGING_DESTINATION_PARTITION_ID, intern::number(partition));
        }
        if let Some(id) = self.message_id {
            push(semconv::MESSAGING_MESSAGE_ID, id.to_owned().into());
        }
        if let Some(id) = self.conversation_id {
            push(semconv::MESSAGING_MESSAGE_CONVERSATION_ID, id.to_owned().into());
        }
        for (key, value) in self.own.iter().flatten() {
            push(key, value.to_value());
        }
    }
}
