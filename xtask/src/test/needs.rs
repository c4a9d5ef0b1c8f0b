//! Which brokers a test needs.

use broker_table::Broker;

/// The package of tests against real brokers.
const PACKAGE: &str = "integration-tests";

/// The program of an adapter's package whose tests are against its own broker.
const OWN: &str = "broker";

/// The example of such a package, whose services need all of them.
const EXAMPLE: &str = "integration-suite";

/// The package of the other examples, which are programs: the tests of a whole program are in its module `tests`.
const EXAMPLES: &str = "examples";

/// The name of the program with the tests inside a crate.
pub(super) const UNIT: &str = "(unit)";

/// Which brokers a test needs. The program `broker` of `tracehop-nats` needs NATS, whatever its tests are called.
///
/// Elsewhere the words of the program's name and of the test's own tell: `conformance`, `kafka_conforms::a_relay` needs
/// Kafka. A test that names none goes through all of them, except for an example, which needs none then; and one that says
/// `embedded` brings its own.
pub(super) fn of(package: &str, target: &str, test: &str) -> Vec<Broker> {
    if package == EXAMPLE && target != UNIT {
        return Broker::ALL.to_vec();
    }
    if target == OWN
        && let Some(broker) = adapted(package)
    {
        return vec![broker];
    }
    let named = named(&format!("{target} {test}").to_lowercase());
    match package {
        EXAMPLES if test.starts_with("tests::") => named.unwrap_or_default(),
        // The unit tests of the package are about its own parts.
        PACKAGE if target != UNIT => match named {
            Some(named) if named.is_empty() => Broker::ALL.to_vec(),
            named => named.unwrap_or_default(),
        },
        _ => Vec::new(),
    }
}

/// Whether any test of a program may need a broker. If not, the program is not asked for its tests.
pub(super) fn may_be_any(package: &str, target: &str) -> bool {
    package == EXAMPLES || !of(package, target, "").is_empty()
}

/// The brokers that a name has as words, or `None` if it says that its broker is embedded.
fn named(name: &str) -> Option<Vec<Broker>> {
    let words: Vec<&str> = name.split(|character: char| !character.is_alphanumeric()).collect();
    let is_named =
        |broker: &Broker| words.iter().any(|word| *word == broker.name() || broker.words().contains(word));
    (!words.contains(&"embedded")).then(|| Broker::ALL.iter().copied().filter(is_named).collect())
}

/// The broker that a package is the adapter of: that of `tracehop-nats` is NATS.
fn adapted(package: &str) -> Option<Broker> {
    package.strip_prefix("tracehop-")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_needs_the_brokers_it_names() {
        let all: Vec<&str> = Broker::ALL.iter().map(|broker| broker.name()).collect();
        for (package, target, test, expected) in [
            ("tracehop-kafka", "hop", "a_relay", &[][..]),
            ("integration-tests", "(unit)", "native::kafka::tests::x", &[]),
            ("integration-tests", "conformance", "kafka_conforms::a_relay", &["kafka"]),
            ("integration-tests", "conformance", "embedded_kafka_conforms::a_relay", &[]),
            ("tracehop-rabbitmq", "broker", "headers::a_table", &["rabbitmq"]),
            ("tracehop-nats", "broker", "hop::what_kafka_calls_a_topic", &["nats"]),
            ("tracehop-nats", "carrier", "nats::a_table", &[]),
            ("tracehop-testing", "broker", "nats::a_table", &[]),
            ("integration-tests", "broker", "rabbitmq::a_table", &["rabbitmq"]),
            ("integration-tests", "journeys", "many_jetstream_messages_are_one_batch", &["nats"]),
            ("integration-tests", "journeys", "kafka_to_nats_is_one_trace", &["kafka", "nats"]),
            ("integration-tests", "journeys", "an_order_is_one_trace", all.as_slice()),
            ("examples", "(unit)", "tests::rabbitmq::each_order_is_one_trace", &["rabbitmq"]),
            ("examples", "(unit)", "tests::kafka::an_order_on_an_embedded_kafka", &[]),
            ("examples", "(unit)", "tests::an_order_is_one_trace", &[]),
            ("examples", "(unit)", "rabbitmq::tests::a_table_has_each_name_once", &[]),
            ("integration-suite", "shop", "an_order_waits_for_a_kafka_that_was_killed", all.as_slice()),
        ] {
            let needed: Vec<&str> = of(package, target, test).iter().map(|broker| broker.name()).collect();
            assert_eq!(needed, expected, "{package} {target} {test}");
        }
    }
}
