//! What Kafka's messages and records say about themselves.

use std::time::{Duration, SystemTime};

use rdkafka::message::{BorrowedMessage, Message, OwnedHeaders, OwnedMessage};
use rdkafka::topic_partition_list::TopicPartitionListElem as Element;
use rdkafka::{Offset, Timestamp, TopicPartitionList};
use tracehop::{AttributeValue, Carrier, Describe, Destination, Inbound, MessageAttributes};

use crate::carrier::MessageHeaders;
use crate::transaction::Transaction;
use crate::{Kafka, semconv};

impl Inbound<Kafka> for BorrowedMessage<'_> {
    #[inline]
    fn info(&self) -> impl Describe + '_ {
        MessageView::new(self)
    }

    #[inline]
    fn carrier(&self) -> impl Carrier + '_ {
        MessageHeaders(Message::headers(self))
    }

    fn sent_at(&self) -> Option<SystemTime> {
        sent_at(self.timestamp())
    }

    fn sent_at_precision(&self) -> Duration {
        PRECISION
    }
}

impl Inbound<Kafka> for OwnedMessage {
    #[inline]
    fn info(&self) -> impl Describe + '_ {
        MessageView::new(self)
    }

    #[inline]
    fn carrier(&self) -> impl Carrier + '_ {
        MessageHeaders(Message::headers(self).map(OwnedHeaders::as_borrowed))
    }

    fn sent_at(&self) -> Option<SystemTime> {
        sent_at(self.timestamp())
    }

    fn sent_at_precision(&self) -> Duration {
        PRECISION
    }
}

/// A message that has its place in a topic.
struct MessageView<'m, M> {
    message: &'m M,
    // rdkafka measures and checks it each time it is asked.
    topic: &'m str,
}

impl<'m, M: Message> MessageView<'m, M> {
    #[inline]
    fn new(message: &'m M) -> Self {
        Self { message, topic: message.topic() }
    }
}

impl<M: Message> Describe for MessageView<'_, M> {
    #[inline]
    fn destination(&self) -> Destination<'_> {
        Destination::named(self.topic)
    }

    #[inline]
    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        let Self { message, .. } = self;
        add_place(attributes, message.partition(), message.offset());
        if message.payload().is_none() {
            attributes.add(semconv::MESSAGING_KAFKA_MESSAGE_TOMBSTONE, AttributeValue::Bool(true));
        }
    }

    fn body_size(&self) -> Option<usize> {
        self.message.payload().map(<[u8]>::len)
    }

    fn key(&self) -> Option<(&'static str, &[u8])> {
        Some((semconv::MESSAGING_KAFKA_MESSAGE_KEY, self.message.key()?))
    }
}

fn add_place(attributes: &mut MessageAttributes<'_>, partition: i32, offset: i64) {
    if partition >= 0 {
        attributes.partition(partition);
    }
    attributes.add(semconv::MESSAGING_KAFKA_OFFSET, AttributeValue::Int(offset));
}

/// A record to be sent.
pub(crate) struct RecordView<'r> {
    pub(crate) topic: &'r str,
    /// `None` if the client is to choose one.
    pub(crate) partition: Option<i32>,
    pub(crate) key: Option<&'r [u8]>,
    pub(crate) payload: Option<usize>,
    /// The transaction that it is sent in.
    pub(crate) transaction: Option<&'r Transaction>,
}

impl Describe for RecordView<'_> {
    #[inline]
    fn destination(&self) -> Destination<'_> {
        Destination::named(self.topic)
    }

    #[inline]
    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        if let Some(partition) = self.partition {
            attributes.partition(partition);
        }
        if self.payload.is_none() {
            attributes.add(semconv::MESSAGING_KAFKA_MESSAGE_TOMBSTONE, AttributeValue::Bool(true));
        }
        if let Some(transaction) = self.transaction {
            transaction.describe(attributes);
        }
    }

    fn body_size(&self) -> Option<usize> {
        self.payload
    }

    fn key(&self) -> Option<(&'static str, &[u8])> {
        Some((semconv::MESSAGING_KAFKA_MESSAGE_KEY, self.key?))
    }
}

/// A message that is settled: where it is, and nothing of what it says.
pub(crate) struct SettledView<'m, M>(pub(crate) &'m M);

impl<M: Message> Describe for SettledView<'_, M> {
    fn destination(&self) -> Destination<'_> {
        Destination::named(self.0.topic())
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        add_place(attributes, self.0.partition(), self.0.offset());
    }
}

/// Several offsets that are settled: of topic, partition and offset what is the same for all of them.
pub(crate) struct OffsetsView<'t> {
    topic: Option<String>,
    partition: Option<i32>,
    offset: Option<i64>,
    transaction: Option<&'t Transaction>,
}

impl<'t> OffsetsView<'t> {
    /// Offsets that are settled in a transaction, or in none.
    pub(crate) fn new(offsets: &TopicPartitionList, transaction: Option<&'t Transaction>) -> Self {
        let elements = offsets.elements();
        let topic = common(elements.iter().map(Element::topic));
        // A partition says nothing without its topic, nor an offset without its partition.
        let partition = topic.and_then(|_| common(elements.iter().map(Element::partition)));
        let offset = partition.and_then(|_| common(elements.iter().map(Element::offset)));
        let offset = match offset {
            Some(Offset::Offset(offset)) => Some(offset),
            _ => None,
        };
        Self { topic: topic.map(str::to_owned), partition, offset, transaction }
    }
}

/// What all values are, if there are any and they are equal.
fn common<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

impl Describe for OffsetsView<'_> {
    fn destination(&self) -> Destination<'_> {
        self.topic.as_deref().map_or_else(Destination::none, Destination::named)
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        if let Some(partition) = self.partition {
            attributes.partition(partition);
        }
        if let Some(offset) = self.offset {
            attributes.add(semconv::MESSAGING_KAFKA_OFFSET, AttributeValue::Int(offset));
        }
        if let Some(transaction) = self.transaction {
            transaction.describe(attributes);
        }
    }
}

/// The end of a transaction, which may concern several topics.
pub(crate) struct TransactionView<'t>(pub(crate) Option<&'t Transaction>);

impl Describe for TransactionView<'_> {
    fn destination(&self) -> Destination<'_> {
        Destination::none()
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        if let Some(transaction) = self.0 {
            transaction.describe(attributes);
        }
    }
}

/// Kafka counts in milliseconds.
const PRECISION: Duration = Duration::from_millis(1);

fn sent_at(timestamp: Timestamp) -> Option<SystemTime> {
    let millis = u64::try_from(timestamp.to_millis()?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}
