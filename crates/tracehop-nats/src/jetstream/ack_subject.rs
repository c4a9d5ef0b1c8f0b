//! What the reply subject of a JetStream message tells.

use std::fmt::Display;
use std::io::Write;
use std::time::{Duration, SystemTime};

use tracehop::{AttributeValue, MessageAttributes};

use crate::semconv::{
    TRACEHOP_NATS_CONSUMER, TRACEHOP_NATS_DELIVERY_COUNT, TRACEHOP_NATS_PENDING, TRACEHOP_NATS_STREAM,
};

/// The subject to which a message is acknowledged: it tells where the message is stored and how it was delivered. It has
/// two forms: [ADR-15](https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md).
///
/// The client can read it too, but it boxes an error for messages without such a subject, and a message that was split no
/// longer has the method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AckSubject<'a> {
    pub(super) stream: &'a str,
    pub(super) consumer: &'a str,
    pub(super) count: i64,
    pub(super) sequence: &'a str,
    pub(super) stored: Option<SystemTime>,
    pub(super) pending: i64,
}

impl<'a> AckSubject<'a> {
    /// `None` if it is no such subject.
    pub(super) fn parse(reply: &'a str) -> Option<Self> {
        let facts = reply.strip_prefix("$JS.ACK.")?;
        let mut tokens = facts.split('.');
        match tokens.clone().count() {
            7 => {}
            // The newer form has domain and account before the stream, and may grow at its end.
            9.. => drop(tokens.nth(1)),
            _ => return None,
        }
        let (stream, consumer) = (tokens.next()?, tokens.next()?);
        let count = tokens.next()?.parse().ok()?;
        let sequence = tokens.next()?;
        let _sequence_of_consumer = tokens.next()?;
        let nanos = tokens.next()?.parse().ok()?;
        let stored = SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanos));
        let pending = tokens.next()?.parse().ok()?;
        Some(Self { stream, consumer, count, sequence, stored, pending })
    }

    /// Whether the stream has a name that a stream may have: a terminal obeys control characters.
    pub(super) fn has_plain_stream(&self) -> bool {
        !self.stream.is_empty() && !self.stream.chars().any(char::is_control)
    }

    /// Calls `f` with the message's place in its stream, as text.
    pub(super) fn with_place<T>(&self, f: impl FnOnce(&str) -> T) -> T {
        with_place(self.stream, self.sequence, f)
    }

    /// `is_known` says that the stream is the one that the consumer is of. Any other name is the sender's, who may have made
    /// up the whole subject.
    pub(super) fn add_to(&self, attributes: &mut MessageAttributes<'_>, is_known: impl FnOnce(&str) -> bool) {
        let name = if is_known(self.stream) { AttributeValue::Name } else { AttributeValue::Str };
        attributes.add(TRACEHOP_NATS_STREAM, name(self.stream));
        // No name of low cardinality: the server draws that of an ephemeral consumer.
        attributes.add(TRACEHOP_NATS_CONSUMER, AttributeValue::Str(self.consumer));
        attributes.add(TRACEHOP_NATS_DELIVERY_COUNT, AttributeValue::Int(self.count));
        attributes.add(TRACEHOP_NATS_PENDING, AttributeValue::Int(self.pending));
    }
}

/// Room for the name of a stream of usual length, and for a number.
const PLACE: usize = 96;

/// Calls `f` with a message's place in a stream, as text: it is wanted of each message, and copied by whoever keeps it.
pub(super) fn with_place<T>(stream: &str, sequence: impl Display, f: impl FnOnce(&str) -> T) -> T {
    let mut buffer = [0; PLACE];
    let mut rest = buffer.as_mut_slice();
    let is_whole = write!(rest, "{stream}:{sequence}").is_ok();
    let free = rest.len();
    match buffer.get(..PLACE - free).and_then(|text| std::str::from_utf8(text).ok()) {
        Some(text) if is_whole => f(text),
        _ => f(&format!("{stream}:{sequence}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_whole_however_long_the_streams_name_is() {
        for length in [0, 1, PLACE - 3, PLACE - 2, PLACE - 1, PLACE, 255, 10_000] {
            let stream = "x".repeat(length);
            with_place(&stream, 7, |place| assert_eq!(place, format!("{stream}:7")));
        }
        // The buffer ends within a character.
        let stream = "ö".repeat(PLACE / 2);
        with_place(&stream, u64::MAX, |place| assert_eq!(place, format!("{stream}:{}", u64::MAX)));
    }

    fn check(reply: &str, expected: Option<(&str, &str, i64, &str, i64)>) {
        let ack = AckSubject::parse(reply);
        let facts = ack.map(|it| (it.stream, it.consumer, it.count, it.sequence, it.pending));
        assert_eq!(facts, expected, "{reply}");
    }

    #[test]
    fn no_stream_has_control_characters_in_its_name() {
        for (stream, expected) in [
            ("orders", true),
            ("größe-1_a", true),
            ("", false),
            ("\u{1b}]0;pwned\u{7}", false),
            ("a\u{9b}2J", false),
        ] {
            let reply = format!("$JS.ACK.{stream}.billing.2.7.9.1.42");
            assert_eq!(AckSubject::parse(&reply).unwrap().has_plain_stream(), expected, "{stream:?}");
        }
    }

    #[test]
    fn both_forms_are_read() {
        check("$JS.ACK.orders.billing.2.7.9.1790230470084404000.42", Some(("orders", "billing", 2, "7", 42)));
        check("$JS.ACK._.hash.orders.billing.2.7.9.1.42", Some(("orders", "billing", 2, "7", 42)));
        check(
            "$JS.ACK.hub.hash.orders.billing.2.7.9.1.42.token.more",
            Some(("orders", "billing", 2, "7", 42)),
        );
    }

    #[test]
    fn anything_else_is_none() {
        for reply in [
            "",
            "_INBOX.x.y",
            "$JS.FC.orders.billing.2.7.9.1.42",
            "$JS.ACK.orders.billing.2.7.9.1",
            "$JS.ACK.hash.orders.billing.2.7.9.1.42",
            "$JS.ACK.orders.billing.many.7.9.1.42",
            "$JS.ACK.orders.billing.2.7.9.1.-",
        ] {
            check(reply, None);
        }
    }

    #[test]
    fn the_time_is_in_nanoseconds() {
        let ack = AckSubject::parse("$JS.ACK.orders.billing.1.1.1.1500000000.0").unwrap();
        assert_eq!(ack.stored, Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1500)));
    }
}
