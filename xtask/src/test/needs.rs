//! Which brokers a test needs.

use crate::broker::{BROKERS, Broker};

/// Tests that run against real brokers are all in this package.
const PACKAGE: &str = "integration-tests";

/// Which brokers a test needs, by the words of its program's name and its own: `conformance`,
/// `kafka_conforms::a_relay` needs Kafka. A test that names none goes through all of them, and one that says
/// `embedded` brings its own.
pub(super) fn of(package: &str, target: &str, test: &str) -> Vec<&'static Broker> {
    let name = format!("{target} {test}").to_lowercase();
    let words: Vec<&str> = name.split(|character: char| !character.is_alphanumeric()).collect();
    // The unit tests of the package are about its own parts.
    if package != PACKAGE || target == super::program::UNIT || words.contains(&"embedded") {
        return Vec::new();
    }
    let is_named = |broker: &&Broker| words.iter().any(|word| *word == broker.name || is_of(word, broker));
    let named: Vec<_> = BROKERS.into_iter().filter(is_named).collect();
    if named.is_empty() { BROKERS.to_vec() } else { named }
}

/// Whether a word is about what only this broker has.
fn is_of(word: &str, broker: &Broker) -> bool {
    matches!((word, broker.name), ("jetstream", "nats") | ("amqp", "rabbitmq"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_needs_the_brokers_it_names() {
        for (package, target, test, expected) in [
            ("tracehop-kafka", "hop", "a_relay", &[][..]),
            ("integration-tests", "(unit)", "native::kafka::tests::x", &[]),
            ("integration-tests", "conformance", "kafka_conforms::a_relay", &["kafka"]),
            ("integration-tests", "conformance", "embedded_kafka_conforms::a_relay", &[]),
            ("integration-tests", "rabbitmq", "headers::a_table", &["rabbitmq"]),
            ("integration-tests", "journeys", "many_jetstream_messages_are_one_batch", &["nats"]),
            ("integration-tests", "journeys", "kafka_to_nats_is_one_trace", &["kafka", "nats"]),
            ("integration-tests", "journeys", "an_order_is_one_trace", &["kafka", "rabbitmq", "nats"]),
        ] {
            let needed: Vec<&str> = of(package, target, test).iter().map(|broker| broker.name).collect();
            assert_eq!(needed, expected, "{package} {target} {test}");
        }
    }
}
