//! The command line.

use clap::{Parser, Subcommand};

use crate::relay::RelayOptions;

/// Contexts that wait: in an outbox whose relay is killed, in a scheduled job, and in a file.
#[derive(Debug, Parser)]
#[command(name = "outbox", args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    /// A Kafka cluster to use, `HOST:PORT[,HOST:PORT]`; without it a broker inside this process.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) kafka_brokers: Option<String>,

    #[command(subcommand)]
    pub(crate) role: Option<Role>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Sends what waits in an outbox. The example starts this program once more for it.
    Relay(RelayOptions),
}
