//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// A shop of three services on Kafka, and on RabbitMQ and NATS if they are given, traced end to end.
#[derive(Debug, Parser)]
#[command(name = "order-pipeline")]
pub(crate) struct Cli {
    /// A Kafka cluster to use, `HOST:PORT[,HOST:PORT]`; without it a broker inside this process.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) kafka_brokers: Option<String>,

    /// A RabbitMQ for the lane from payments to shipping, `amqp://USER:PASSWORD@HOST:PORT/%2f`.
    #[arg(long, value_name = "URL")]
    pub(crate) amqp_url: Option<String>,

    /// A NATS server with JetStream for the lane from shipping back to orders, `nats://HOST:PORT`.
    #[arg(long, value_name = "URL")]
    pub(crate) nats_url: Option<String>,

    /// The orders, one JSON object a line.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/order-pipeline/orders.jsonl"))]
    pub(crate) orders: PathBuf,

    /// Stop after so many orders.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    /// Write what the services log to the standard error, with the ids of spans.
    #[arg(long)]
    pub(crate) log: bool,
}
