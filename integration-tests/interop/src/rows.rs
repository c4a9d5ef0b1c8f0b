//! What is tried.

use crate::joined::Joined::{Link, Parent};
use crate::library::Library::{
    AioPika, Aiokafka, AmqpClient, Amqplib, ConfluentKafka, Jnats, KafkaClients, Kafkajs, Pika,
};
use crate::row::{Row, Setting, Way};
use crate::seen::{Baggage, Fact};

/// The context of the message that is sent on stays in front of the new one.
const APPENDS: (Fact, &str) = (
    Fact::Traceparents(2),
    "The instrumentation appends its headers to those that are there: readers must take the last ones.",
);
const PLUS: (Fact, &str) = (
    Fact::Baggage(Baggage::Changed),
    "Python's propagator writes a space as `+`, which only itself reads as a space.",
);
const LINK_WITHOUT_STATE: (Fact, &str) =
    (Fact::TracestateIsLost, "Python's OTLP exporter leaves out the `tracestate` of links.");
const NO_BAGGAGE: (Fact, &str) =
    (Fact::Baggage(Baggage::Lost), "The instrumentation makes a span current, and not the baggage.");
const LINK_WITHOUT_BAGGAGE: (Fact, &str) =
    (Fact::Baggage(Baggage::Lost), "With a link the instrumentation passes on no baggage.");
const NOTHING_IS_CURRENT: [(Fact, &str); 2] = [
    (
        Fact::HandlerIsOutside,
        "The span has ended when the client hands out the message, and nothing is current then.",
    ),
    (Fact::Baggage(Baggage::Lost), ""),
];
const BATCH: [(Fact, &str); 2] = [
    (Fact::HandlerIsOutside, "The handler has all messages, and runs in the span of the batch."),
    (Fact::Baggage(Baggage::Lost), ""),
];
const JETSTREAM: (Fact, &str) =
    (Fact::NothingIsWritten, "The agent does not know `JetStream.publish`: it writes no context.");

const RECEIVE_TELEMETRY: Setting = Setting {
    name: "receive-telemetry",
    variable: ("OTEL_INSTRUMENTATION_MESSAGING_EXPERIMENTAL_RECEIVE_TELEMETRY_ENABLED", "true"),
};
const LINKS_FOR_CONSUME: Setting =
    Setting { name: "useLinksForConsume", variable: ("INTEROP_USE_LINKS_FOR_CONSUME", "true") };

/// All rows, in the order of the table.
pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::sends(ConfluentKafka, "produce").but(PLUS),
        Row::sends(ConfluentKafka, "produce again").but(APPENDS).but(PLUS),
        Row::receives(ConfluentKafka, "poll", Link).but(LINK_WITHOUT_STATE).but(NO_BAGGAGE),
        Row::receives(ConfluentKafka, "consume", Link).but(LINK_WITHOUT_STATE).but(NO_BAGGAGE),
        Row::sends(Aiokafka, "send").but(PLUS),
        Row::sends(Aiokafka, "send again").but(APPENDS).but(PLUS),
        Row::receives(Aiokafka, "getone", Parent).but_all(NOTHING_IS_CURRENT),
        Row::receives(Aiokafka, "async for", Parent).but_all(NOTHING_IS_CURRENT),
        Row::receives(Aiokafka, "getmany", Parent).but_all(NOTHING_IS_CURRENT),
        Row::sends(Kafkajs, "send"),
        Row::sends(Kafkajs, "send again"),
        Row::sends(Kafkajs, "sendBatch"),
        Row::receives(Kafkajs, "eachMessage", Parent),
        Row::receives(Kafkajs, "eachBatch", Link).but_all(BATCH),
        Row::sends(KafkaClients, "send"),
        Row::sends(KafkaClients, "send again"),
        Row::receives(KafkaClients, "poll", Parent),
        Row::receives(KafkaClients, "poll, one partition", Parent),
        Row::receives(KafkaClients, "poll", Link).set(RECEIVE_TELEMETRY).but(LINK_WITHOUT_BAGGAGE),
        Row::sends(Pika, "basic_publish").but(PLUS),
        Row::sends(Pika, "basic_publish again").but(PLUS),
        Row::receives(Pika, "basic_consume", Parent),
        Row::receives(Pika, "consume", Parent).but(NO_BAGGAGE),
        Row::sends(AioPika, "publish").but(PLUS),
        Row::sends(AioPika, "publish again").but(PLUS),
        Row::receives(AioPika, "consume", Parent),
        Row::receives(AioPika, "iterator", Parent).but_all(NOTHING_IS_CURRENT),
        Row::sends(Amqplib, "publish"),
        Row::sends(Amqplib, "publish again"),
        Row::sends(Amqplib, "publish, confirmed"),
        Row::receives(Amqplib, "consume", Parent),
        Row::receives(Amqplib, "consume", Link).set(LINKS_FOR_CONSUME).but(LINK_WITHOUT_BAGGAGE),
        Row::sends(AmqpClient, "basicPublish"),
        Row::sends(AmqpClient, "basicPublish again"),
        Row::receives(AmqpClient, "basicConsume, DefaultConsumer", Parent),
        Row::receives(AmqpClient, "basicConsume, DeliverCallback", Parent),
        Row::sends(Jnats, "publish"),
        Row::sends(Jnats, "publish again"),
        Row::sends(Jnats, "request").over(Way::Request),
        Row::sends(Jnats, "JetStream publish").over(Way::Stored).but(JETSTREAM),
        Row::receives(Jnats, "Dispatcher", Parent),
        Row::receives(Jnats, "Dispatcher, replies", Parent).over(Way::Request),
        Row::receives(Jnats, "JetStream, push", Parent).over(Way::Stored),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::joined::Joined;
    use crate::library::Library;
    use crate::row::Direction;
    use crate::seen::Seen;

    #[test]
    fn every_instrumentation_sends_and_receives() {
        let rows = rows();
        for library in Library::ALL {
            for direction in [Direction::FromPeer, Direction::ToPeer] {
                let is = |row: &&Row| row.library == library && row.direction == direction;
                assert!(rows.iter().find(is).is_some(), "{library:?} {direction:?}");
            }
        }
        let names: HashSet<String> = rows.iter().map(Row::name).collect();
        assert_eq!(names.len(), rows.len(), "two rows have one name");
    }

    #[test]
    fn what_a_peer_loses_has_its_reason() {
        for row in rows() {
            let best = Seen::everything(row.expected.joined, row.library.has_repeats());
            let is_best = row.expected == best && row.expected.joined != Joined::Not;
            assert_eq!(row.why.is_empty(), is_best, "{}", row.name());
        }
    }

    #[test]
    fn tracehop_loses_nothing_that_is_on_the_wire() {
        for row in rows().iter().filter(|row| row.direction == Direction::FromPeer) {
            let Seen { joined, tracestate, baggage, repeats, traceparents, handler } = row.expected;
            assert_eq!(repeats, row.library.has_repeats().then_some(true), "{}", row.name());
            if traceparents > 0 {
                assert_eq!(
                    (joined, tracestate, handler),
                    (Joined::ParentAndLink, true, true),
                    "{}",
                    row.name()
                );
                assert_ne!(baggage, Baggage::Lost, "{}", row.name());
            }
        }
        for row in rows().iter().filter(|row| row.direction == Direction::ToPeer) {
            assert_eq!(row.expected.traceparents, 1, "{}", row.name());
        }
    }
}
