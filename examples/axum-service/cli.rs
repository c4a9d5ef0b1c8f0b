//! The command line.

use clap::Parser;

/// An HTTP service and a worker on Kafka and NATS, written with `tracing`.
#[derive(Debug, Parser)]
#[command(name = "axum-service")]
pub(crate) struct Cli {
    /// A NATS server to use, `nats://HOST:PORT`; without it that of `TRACEHOP_NATS_URL`, or else a nats-server that this starts, or
    /// else a stand-in inside this process.
    #[arg(long, value_name = "URL")]
    pub(crate) nats_url: Option<String>,

    /// How many orders are placed.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) orders: u32,
}
