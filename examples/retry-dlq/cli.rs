//! The command line.

use clap::{Parser, ValueEnum};

/// Payments that fail: retries with a delay, dead letters, a parking lot and a replay, each of them one trace.
#[derive(Debug, Parser)]
#[command(name = "retry-dlq")]
pub(crate) struct Cli {
    /// Which broker carries the orders.
    #[arg(long, value_enum, default_value_t = BrokerName::Kafka)]
    pub(crate) broker: BrokerName,

    /// Where a broker runs already: `HOST:PORT[,HOST:PORT]` of Kafka, `amqp://USER:PASSWORD@HOST:PORT/%2f` of RabbitMQ,
    /// `nats://HOST:PORT` of NATS. Without it Kafka runs inside this process, and the others are those of `TRACEHOP_AMQP_URL` or
    /// `TRACEHOP_NATS_URL`, or else are started.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) address: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum BrokerName {
    Kafka,
    Rabbitmq,
    /// NATS JetStream.
    Nats,
}
