//! What the reply subject of a JetStream message says about its delivery.

use std::time::{Duration, SystemTime};

use tracehop::{AttributeValue, Destination, MessageInfo};

use crate::semconv::{
    TRACEHOP_NATS_CONSUMER, TRACEHOP_NATS_DELIVERY_COUNT, TRACEHOP_NATS_PENDING, TRACEHOP_NATS_STREAM,
};

/// The facts in a reply subject, in either of its forms:
/// [ADR-15](https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md).
///
/// The client reads them too, but it boxes an error for messages that have none, and only a message in one piece has the
/// method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Delivery<'a> {
    pub(super) stream: &'a str,
    pub(super) consumer: &'a str,
    pub(super) count: i64,
    pub(super) sequence: &'a str,
    pub(super) stored: Option<SystemTime>,
    pub(super) pending: i64,
}

impl<'a> Delivery<'a> {
    /// `None` if it is no reply subject of JetStream's.
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
        let _of_consumer = tokens.next()?;
        let nanos = tokens.next()?.parse().ok()?;
        let stored = SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanos));
        let pending = tokens.next()?.parse().ok()?;
        Some(Self { stream, consumer, count, sequence, stored, pending })
    }

    /// A message to `destination`, with these facts if there are any.
    pub(super) fn info(this: Option<&Self>, destination: Destination<'a>) -> MessageInfo<'a> {
        let info = MessageInfo::to(destination);
        let Some(delivery) = this else { return info };
        info.attribute(TRACEHOP_NATS_STREAM, AttributeValue::Name(delivery.stream))
            // That of an ephemeral consumer is drawn by the server.
            .attribute(TRACEHOP_NATS_CONSUMER, AttributeValue::Str(delivery.consumer))
            .attribute(TRACEHOP_NATS_DELIVERY_COUNT, AttributeValue::Int(delivery.count))
            .attribute(TRACEHOP_NATS_PENDING, AttributeValue::Int(delivery.pending))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reply: &str, expected: Option<(&str, &str, i64, &str, i64)>) {
        let delivery = Delivery::parse(reply);
        let facts = delivery.map(|it| (it.stream, it.consumer, it.count, it.sequence, it.pending));
        assert_eq!(facts, expected, "{reply}");
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
        let delivery = Delivery::parse("$JS.ACK.orders.billing.1.1.1.1500000000.0").unwrap();
        assert_eq!(delivery.stored, Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1500)));
    }
}
