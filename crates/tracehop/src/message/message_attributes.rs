//! Where an adapter puts a message's attributes.

use std::fmt;
use std::sync::LazyLock;

use opentelemetry::{KeyValue, Value};

use super::{AttributeValue, Destination, DestinationName, InternedStr, bounded};
use crate::semconv;

/// Takes the attributes of one message. Of a string longer than 1,024 bytes the rest is left out, cut between characters.
pub struct MessageAttributes<'a>(pub(crate) &'a mut Vec<KeyValue>);

impl MessageAttributes<'_> {
    /// The partition, by number.
    #[inline]
    pub fn partition(&mut self, partition: impl Into<i64>) {
        self.push(semconv::MESSAGING_DESTINATION_PARTITION_ID, number(partition.into()));
    }

    /// The message's own identifier.
    #[inline]
    pub fn message_id(&mut self, id: &str) {
        self.push(semconv::MESSAGING_MESSAGE_ID, bounded(id).to_owned());
    }

    /// The identifier of the conversation, for example AMQP's correlation id.
    #[inline]
    pub fn conversation_id(&mut self, id: &str) {
        self.push(semconv::MESSAGING_MESSAGE_CONVERSATION_ID, bounded(id).to_owned());
    }

    /// An attribute of the system's own.
    #[inline]
    pub fn add(&mut self, key: &'static str, value: AttributeValue<'_>) {
        self.push(key, value.to_value());
    }

    /// Where the message goes to or comes from.
    pub(crate) fn destination(&mut self, destination: &Destination<'_>) {
        let name = match destination.name {
            DestinationName::One(name) if destination.is_lasting() => Some(InternedStr::new(name).value()),
            // A name of high cardinality is not interned: such names would fill the table.
            name => name.to_text().map(Value::from),
        };
        if let Some(name) = name {
            self.push(semconv::MESSAGING_DESTINATION_NAME, name);
        }
        if let Some(template) = destination.template {
            self.push(semconv::MESSAGING_DESTINATION_TEMPLATE, InternedStr::new(template).value());
        }
        for (is_so, key) in [
            (destination.is_temporary, semconv::MESSAGING_DESTINATION_TEMPORARY),
            (destination.is_anonymous, semconv::MESSAGING_DESTINATION_ANONYMOUS),
        ] {
            if is_so {
                self.push(key, true);
            }
        }
    }

    #[inline]
    fn push(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.push(KeyValue::new(key, value));
    }
}

impl fmt::Debug for MessageAttributes<'_> {
    /// Prints the keys only: values may be private.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|attribute| attribute.key.as_str())).finish()
    }
}

/// Small numbers are written as strings on every message.
const SMALL_NUMBERS: usize = 512;

/// A number as a string value.
pub(crate) fn number(number: i64) -> Value {
    static SMALL: LazyLock<Vec<String>> =
        LazyLock::new(|| (0..SMALL_NUMBERS).map(|n| n.to_string()).collect());
    let small = usize::try_from(number).ok().and_then(|index| SMALL.get(index));
    small.map_or_else(|| number.to_string().into(), |text| text.as_str().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_are_written() {
        for (n, text) in [(0, "0"), (511, "511"), (512, "512"), (-1, "-1")] {
            assert_eq!(number(n), Value::from(text));
        }
    }
}
