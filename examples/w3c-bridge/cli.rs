//! The command line.

use std::fmt;

use clap::{Parser, ValueEnum};
use tracehop::Repeats;

/// Answers the W3C Trace Context suite through messages.
#[derive(Debug, Parser)]
#[command(name = "w3c-bridge")]
pub(crate) struct Cli {
    /// What carries the messages.
    #[arg(long, value_enum, default_value_t = Via::Memory)]
    pub(crate) via: Via,

    /// What a message with several `traceparent` headers means.
    #[arg(long, value_enum, default_value_t = Repeated::Last)]
    pub(crate) repeats: Repeated,

    /// Where the suite finds this service.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5000")]
    pub(crate) listen: String,

    /// A Kafka cluster to use, `HOST:PORT[,HOST:PORT]`; without it a broker inside this process.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) kafka_brokers: Option<String>,

    /// The RabbitMQ to use, `amqp://USER:PASSWORD@HOST:PORT/%2f`.
    #[arg(long, value_name = "URL", default_value = "amqp://guest:guest@localhost:5672/%2f")]
    pub(crate) amqp_url: String,

    /// The NATS server to use, `nats://HOST:PORT`. JetStream needs one that was started with `-js`.
    #[arg(long, value_name = "URL", default_value = "nats://localhost:4222")]
    pub(crate) nats_url: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Via {
    /// Queues inside this process.
    Memory,
    Kafka,
    Rabbitmq,
    /// Core NATS.
    Nats,
    /// NATS JetStream.
    Jetstream,
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Kafka => "Kafka",
            Self::Rabbitmq => "RabbitMQ",
            Self::Nats => "NATS",
            Self::Jetstream => "NATS JetStream",
        })
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Repeated {
    /// The last valid one counts.
    Last,
    /// None counts, as W3C Trace Context asks of HTTP.
    Reject,
}

impl From<Repeated> for Repeats {
    fn from(repeated: Repeated) -> Self {
        match repeated {
            Repeated::Last => Self::LastWins,
            Repeated::Reject => Self::Reject,
        }
    }
}
