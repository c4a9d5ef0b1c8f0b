//! OpenTelemetry's instrumentations that are tried.

use broker_table::Broker;

use crate::language::Language;

/// An instrumentation of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    ConfluentKafka,
    Aiokafka,
    Kafkajs,
    KafkaClients,
    Pika,
    AioPika,
    Amqplib,
    AmqpClient,
    Jnats,
}

impl Library {
    /// All of them, in the order of the table.
    pub(crate) const ALL: [Self; 9] = [
        Self::ConfluentKafka,
        Self::Aiokafka,
        Self::Kafkajs,
        Self::KafkaClients,
        Self::Pika,
        Self::AioPika,
        Self::Amqplib,
        Self::AmqpClient,
        Self::Jnats,
    ];

    /// The client, by the name of its package.
    pub(crate) fn client(self) -> &'static str {
        match self {
            Self::ConfluentKafka => "confluent-kafka",
            Self::Aiokafka => "aiokafka",
            Self::Kafkajs => "kafkajs",
            Self::KafkaClients => "kafka-clients",
            Self::Pika => "pika",
            Self::AioPika => "aio-pika",
            Self::Amqplib => "amqplib",
            Self::AmqpClient => "amqp-client",
            Self::Jnats => "jnats",
        }
    }

    /// The package of its instrumentation.
    pub(crate) fn instrumentation(self) -> String {
        let client = self.client();
        match self.language() {
            Language::Python => format!("opentelemetry-instrumentation-{client}"),
            Language::Node => format!("@opentelemetry/instrumentation-{client}"),
            Language::Java => "opentelemetry-javaagent".to_owned(),
        }
    }

    pub(crate) fn language(self) -> Language {
        match self {
            Self::ConfluentKafka | Self::Aiokafka | Self::Pika | Self::AioPika => Language::Python,
            Self::Kafkajs | Self::Amqplib => Language::Node,
            Self::KafkaClients | Self::AmqpClient | Self::Jnats => Language::Java,
        }
    }

    pub(crate) fn broker(self) -> Broker {
        match self {
            Self::ConfluentKafka | Self::Aiokafka | Self::Kafkajs | Self::KafkaClients => Broker::Kafka,
            Self::Pika | Self::AioPika | Self::Amqplib | Self::AmqpClient => Broker::RabbitMq,
            Self::Jnats => Broker::Nats,
        }
    }

    /// Whether a message can have two headers of one name.
    pub(crate) fn has_repeats(self) -> bool {
        self.broker() != Broker::RabbitMq
    }
}
