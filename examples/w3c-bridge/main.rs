//! The W3C Trace Context suite, run against messages: an HTTP service that sends each request on as a message, and calls back
//! with what came out at the other end.
//!
//! ```text
//! suite ──HTTP──▶ bare producer ──"requests"──▶ traced consumer
//!                                                   process
//! suite ◀──HTTP── bare consumer ◀──"callbacks"── traced producer
//! ```
//!
//! The clients that are not traced put the suite's headers on a message, and read those of the answer, exactly as they are. So
//! the suite sees what the traced ones make of them, and nothing else.
//!
//! Run it with `cargo run --example w3c-bridge`; `-- --help` lists the options. README.md says how to run the suite.

mod bridge;
mod callback;
mod cli;
mod http_post;
mod http_request;
mod jetstream;
mod job;
mod kafka;
mod memory;
mod message;
mod names;
mod nats;
mod pending;
mod rabbitmq;
mod server;
mod telemetry;
#[cfg(test)]
mod tests;
mod transport;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use bridge::Bridge;
use cli::{Cli, Via};
use jetstream::JetStream;
use kafka::Kafka;
use memory::Memory;
use names::Names;
use nats::Nats;
use rabbitmq::RabbitMq;
use transport::Transport;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("w3c-bridge: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let (names, tracer) = (Names::of_this_run(), &telemetry::tracer(cli.repeats.into()));
    match cli.via {
        Via::Memory => listen(&cli, Memory::new(tracer)).await,
        Via::Kafka => listen(&cli, Kafka::connect(cli.kafka_brokers.as_deref(), names, tracer).await?).await,
        Via::Rabbitmq => listen(&cli, RabbitMq::connect(&cli.amqp_url, names, tracer).await?).await,
        Via::Nats => listen(&cli, Nats::connect(&cli.nats_url, names, tracer).await?).await,
        Via::Jetstream => listen(&cli, JetStream::connect(&cli.nats_url, names, tracer).await?).await,
    }
}

async fn listen(cli: &Cli, transport: impl Transport) -> anyhow::Result<()> {
    let bridge = Bridge::new(transport);
    let outcome = until_stopped(cli, &bridge).await;
    // Also after a failure: what is on somebody's broker should not stay there.
    outcome.and(bridge.clean_up().await)
}

async fn until_stopped(cli: &Cli, bridge: &Bridge<impl Transport>) -> anyhow::Result<()> {
    let listener = TcpListener::bind(&cli.listen)
        .await
        .with_context(|| format!("cannot listen on {}: give another address with --listen", cli.listen))?;
    println!("listening on http://{}, via {}", listener.local_addr()?, cli.via);
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        stopped = bridge.run() => stopped,
        stopped = server::run(listener, bridge) => stopped,
        _ = terminated.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
    }
}
