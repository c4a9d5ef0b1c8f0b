//! The program `tracehop`.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracehop_cli::check::CheckArgs;
use tracehop_cli::export::{ExportArgs, ImportArgs};
use tracehop_cli::trace::TraceArgs;
use tracehop_cli::view::ViewArgs;

/// Spans are made by one thread and let go by another. The system's allocator would keep twice the memory that is in use.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Journeys of messages across Kafka, RabbitMQ and NATS.
#[derive(Debug, Parser)]
#[command(name = "tracehop", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    View(ViewArgs),
    Trace(TraceArgs),
    Check(CheckArgs),
    Export(ExportArgs),
    Import(ImportArgs),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::View(args) => args.run(),
        Command::Trace(args) => args.run(),
        Command::Check(args) => args.run(),
        Command::Export(args) => args.run(),
        Command::Import(args) => args.run(),
    }
}
