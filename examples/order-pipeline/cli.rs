//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// A shop of three services on Kafka, traced end to end.
#[derive(Debug, Parser)]
#[command(name = "order-pipeline")]
pub(crate) struct Cli {
    /// A Kafka cluster to use, `HOST:PORT[,HOST:PORT]`; without it a broker inside this process.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) kafka_brokers: Option<String>,

    /// The orders, one JSON object a line.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/order-pipeline/orders.jsonl"))]
    pub(crate) orders: PathBuf,

    /// Stop after so many orders.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}
