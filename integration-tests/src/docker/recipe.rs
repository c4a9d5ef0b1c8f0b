//! What a container of each broker is told, and how it says that it is ready.

use std::time::Duration;

use crate::Broker;

/// What makes a broker's image one broker for tests. The same for the official images and those that
/// `cargo xtask images` makes.
#[derive(Debug)]
pub(super) struct Recipe {
    /// The port of the protocol, inside.
    pub(super) port: u16,
    /// In the log when the broker is ready.
    pub(super) ready: &'static str,
    /// How long that may take.
    pub(super) deadline: Duration,
    pub(super) environment: Vec<(&'static str, String)>,
    pub(super) arguments: &'static [&'static str],
    /// How many files it may open.
    pub(super) files: Option<i64>,
}

impl Recipe {
    /// For a container whose port is mapped to `mapped` of `host`: Kafka tells its clients where it is.
    pub(super) fn of(broker: Broker, host: &str, mapped: u16) -> Self {
        match broker {
            Broker::Kafka => Self {
                port: 9092,
                ready: "Kafka Server started",
                deadline: Duration::from_secs(90),
                environment: kafka(host, mapped),
                arguments: &[],
                files: None,
            },
            Broker::RabbitMq => Self {
                port: 5672,
                ready: "Server startup complete",
                deadline: Duration::from_secs(90),
                environment: Vec::new(),
                arguments: &[],
                // Erlang keeps a table of this size, and some engines allow a thousand million.
                files: Some(4096),
            },
            Broker::Nats => Self {
                port: 4222,
                ready: "Server is ready",
                deadline: Duration::from_secs(30),
                environment: Vec::new(),
                arguments: &["-js"],
                files: None,
            },
        }
    }

    pub(super) fn address(broker: Broker, host: &str, mapped: u16) -> String {
        match broker {
            Broker::Kafka => format!("{host}:{mapped}"),
            Broker::RabbitMq => format!("amqp://guest:guest@{host}:{mapped}/%2f"),
            Broker::Nats => format!("nats://{host}:{mapped}"),
        }
    }
}

/// One node that is broker and controller, as in `docker-compose.yml`.
fn kafka(host: &str, mapped: u16) -> Vec<(&'static str, String)> {
    [
        ("KAFKA_NODE_ID", "1"),
        ("KAFKA_PROCESS_ROLES", "broker,controller"),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@localhost:9093"),
        ("KAFKA_LISTENERS", "PLAINTEXT://:9092,CONTROLLER://:9093,INTERNAL://:9094"),
        // The broker verifies transactions with itself, and the mapped port is not to be reached from inside.
        ("KAFKA_ADVERTISED_LISTENERS", &format!("PLAINTEXT://{host}:{mapped},INTERNAL://localhost:9094")),
        (
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT",
        ),
        ("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
        ("KAFKA_INTER_BROKER_LISTENER_NAME", "INTERNAL"),
        ("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "1"),
        ("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", "1"),
        ("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", "1"),
        ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS", "1"),
        ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1"),
        ("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1"),
        ("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"),
        ("KAFKA_HEAP_OPTS", "-Xmx512m"),
    ]
    .into_iter()
    .map(|(variable, value)| (variable, value.to_owned()))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kafka_tells_its_clients_the_mapped_port() {
        let recipe = Recipe::of(Broker::Kafka, "127.0.0.1", 20_000);
        let advertised = recipe.environment.iter().find(|(name, _)| *name == "KAFKA_ADVERTISED_LISTENERS");
        assert!(advertised.is_some_and(|(_, value)| value.starts_with("PLAINTEXT://127.0.0.1:20000,")));
    }
}
