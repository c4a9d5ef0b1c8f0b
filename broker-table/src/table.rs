//! The table.

/// Calls a macro with a row for each broker:
///
/// ```text
/// Variant: name { address: VARIABLE, image: IMAGE, words: [WORD ...] }
/// ```
///
/// - `Variant`: its value of [`Broker`](crate::Broker).
/// - `name`: lower case, one word, no digit first: in options and tables, in the names of modules and tests, of the
///   service in `docker-compose.yml` and, in upper case, of variables. The adapter is the crate `tracehop-name`.
/// - `address`: the variable that holds the address of one that runs.
/// - `image`: the pinned image of those who make the broker, also the default in `docker-compose.yml`.
/// - `words`: what else only this broker is called by, lower case. The name of a test that has such a word needs the broker,
///   and core does not say it.
#[macro_export]
macro_rules! each_broker {
    ($then:ident) => {
        $then! {
            Kafka: kafka { address: "TRACEHOP_KAFKA_BROKERS", image: "apache/kafka:4.1.0", words: [] }
            RabbitMq: rabbitmq { address: "TRACEHOP_AMQP_URL", image: "rabbitmq:4.1-management", words: ["amqp", "rabbit"] }
            Nats: nats { address: "TRACEHOP_NATS_URL", image: "nats:2.12-alpine", words: ["jetstream"] }
        }
    };
}
