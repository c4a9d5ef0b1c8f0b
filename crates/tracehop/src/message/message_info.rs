//! The facts about a message, as plain data.

use std::fmt;

use super::{AttributeValue, Describe, Destination, MessageAttributes};

/// How many attributes of its own a system adds to a message before they cost an allocation.
const INLINE: usize = 6;

/// The facts about one message that its spans show, as plain data. For adapters whose messages know what they are; see
/// [`Describe`].
///
/// ```
/// use tracehop::{AttributeValue, Destination, MessageInfo};
///
/// let info = MessageInfo::to(Destination::named("orders"))
///     .partition(3)
///     .attribute("messaging.kafka.offset", AttributeValue::Int(42));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct MessageInfo<'a> {
    destination: Destination<'a>,
    partition: Option<i64>,
    message_id: Option<&'a str>,
    conversation_id: Option<&'a str>,
    body_size: Option<usize>,
    key: Option<(&'static str, &'a [u8])>,
    own: [Option<(&'static str, AttributeValue<'a>)>; INLINE],
    more: Vec<(&'static str, AttributeValue<'a>)>,
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

    /// The identifier of the conversation, for example AMQP's correlation id.
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

    /// An attribute of this system's own. Up to six cost no allocation.
    #[inline]
    pub fn attribute(mut self, key: &'static str, value: AttributeValue<'a>) -> Self {
        match self.own.iter_mut().find(|slot| slot.is_none()) {
            Some(slot) => *slot = Some((key, value)),
            None => self.more.push((key, value)),
        }
        self
    }

    fn own(&self) -> impl Iterator<Item = &(&'static str, AttributeValue<'a>)> {
        self.own.iter().flatten().chain(&self.more)
    }
}

impl fmt::Debug for MessageInfo<'_> {
    /// Leaves the key and the identifiers out: they may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageInfo")
            .field("destination", &self.destination)
            .field("partition", &self.partition)
            .field("body_size", &self.body_size)
            .field("own", &self.own().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Describe for MessageInfo<'_> {
    fn destination(&self) -> Destination<'_> {
        self.destination
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        if let Some(partition) = self.partition {
            attributes.partition(partition);
        }
        if let Some(id) = self.message_id {
            attributes.message_id(id);
        }
        if let Some(id) = self.conversation_id {
            attributes.conversation_id(id);
        }
        for (key, value) in self.own() {
            attributes.add(key, *value);
        }
    }

    fn body_size(&self) -> Option<usize> {
        self.body_size
    }

    fn key(&self) -> Option<(&'static str, &[u8])> {
        self.key
    }
}
