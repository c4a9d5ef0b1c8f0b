//! Contexts that wait: what is to be sent later is stored with the context of the work that caused it, and belongs to that work
//! when it is sent at last.
//!
//! ```text
//! shop ──▶ outbox, a table ──▶ relay, a process that is killed ──▶ Kafka ──▶ warehouse
//!      ──▶ jobs, a table ────▶ scheduler ───────────────────────▶
//!      ──▶ events.jsonl ─────▶ replay ──────────────────────────▶
//! ```
//!
//! It runs without a broker: Kafka is inside this process, or is given (`--kafka-brokers`). Run it with
//! `cargo run --example outbox`.

mod attempts;
mod cli;
mod database;
mod event;
mod kafka;
mod relay;
mod relay_process;
mod replay;
mod report;
mod scheduler;
mod shop;
mod stop;
mod story;
#[cfg(test)]
mod tests;
mod topics;
mod warehouse;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use cli::{Cli, Role};
use kafka::Kafka;
use story::Story;

/// The warehouse continues no trace of a message that is older than this.
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { kafka_brokers, role } = Cli::parse();
    let done = match role {
        Some(Role::Relay(options)) => relay::run(&options).await,
        None => run(kafka_brokers.as_deref()).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("outbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(servers: Option<&str>) -> anyhow::Result<()> {
    let kafka = Kafka::connect(servers).await?;
    println!("Kafka at {}", kafka.description());
    let story = Story::play(&kafka, Some(MAX_AGE)).await;
    // Also after a failure: what is on somebody's cluster should not stay there.
    let cleaned_up = kafka.clean_up().await;
    let story = story?;
    cleaned_up?;
    report::print(&story).await
}
