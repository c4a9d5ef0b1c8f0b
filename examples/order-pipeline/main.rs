//! A shop: orders are placed, paid for and shipped by three services that only talk through queues.
//!
//! ```text
//! orders ──"orders"──▶ payments ──"payments"──▶ shipping ──"shipments"──▶ orders
//!          Kafka                  RabbitMQ                  NATS JetStream
//! ```
//!
//! RabbitMQ and NATS if they are given (`--amqp-url`, `--nats-url`); else all of it runs on Kafka, on a given cluster
//! (`--kafka-brokers`) or on a broker inside this process.
//!
//! What a service cannot handle goes to the dead letters of its lane, inside its trace, and stops nothing. The orders service
//! takes note of it.
//!
//! Each service wraps its clients with `.traced(&tracer)` and its handlers with `.process_or(..)`, and that is all it does
//! about tracing. Run it with `cargo run --example order-pipeline`; `-- --help` lists the options.

mod brokers;
mod cli;
mod kafka;
mod lane;
mod model;
mod nats;
mod orders;
mod payment_error;
mod payments;
mod progress;
mod rabbitmq;
mod receiver;
mod report;
mod sender;
mod shipping;
mod telemetry;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tokio::task::JoinSet;

use brokers::Brokers;
use cli::Cli;
use model::Order;
use telemetry::Telemetry;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("order-pipeline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let all = model::read_orders(&cli.orders, cli.limit)?;
    let brokers = Arc::new(Brokers::connect(&cli).await?);
    println!("{} orders through {}", all.len(), brokers.description());

    let telemetry = Telemetry::install(["orders", "payments", "shipping"])?;
    let outcome = pipeline(&telemetry, &brokers, all).await;
    // Also after a failure: what is on somebody's broker should not stay there.
    let cleaned_up = brokers.clean_up().await;
    outcome.and(cleaned_up)?;

    report::print(&telemetry.finish()?);
    Ok(())
}

async fn pipeline(telemetry: &Telemetry, brokers: &Arc<Brokers>, all: Vec<Order>) -> anyhow::Result<()> {
    let mut services = JoinSet::new();
    services.spawn(payments::run(telemetry.service("payments"), Arc::clone(brokers)));
    services.spawn(shipping::run(telemetry.service("shipping"), Arc::clone(brokers)));

    // The other services run until the last order is through, or until one of them fails.
    tokio::select! {
        done = orders::run(telemetry.service("orders"), Arc::clone(brokers), all) => done?,
        Some(stopped) = services.join_next() => stopped??,
    }
    services.shutdown().await;
    Ok(())
}
