//! A shop: orders are placed, paid for and shipped by three services that only talk through Kafka.
//!
//! ```text
//! orders ──"orders"──▶ payments ──"payments"──▶ shipping ──"shipments"──▶ orders
//! ```
//!
//! Each service wraps its clients with `.traced(&tracer)` and its handlers with `.process(..)`, and that is all it does
//! about tracing. Run it with `cargo run --example order-pipeline`; `-- --help` lists the options.

mod broker;
mod cli;
mod model;
mod orders;
mod payments;
mod report;
mod shipping;
mod telemetry;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tokio::task::JoinSet;

use broker::Broker;
use cli::Cli;
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
    let broker = Arc::new(Broker::connect(cli.kafka_brokers.as_deref()).await?);
    println!("{} orders through Kafka at {}", all.len(), broker.description());

    let telemetry = Telemetry::install(["orders", "payments", "shipping"])?;
    let mut services = JoinSet::new();
    services.spawn(payments::run(telemetry.service("payments"), Arc::clone(&broker)));
    services.spawn(shipping::run(telemetry.service("shipping"), Arc::clone(&broker)));

    // The other services run until the last order is through, or until one of them fails.
    tokio::select! {
        done = orders::run(telemetry.service("orders"), Arc::clone(&broker), all) => done?,
        Some(stopped) = services.join_next() => stopped??,
    }
    services.shutdown().await;
    broker.clean_up().await?;

    report::print(&telemetry.finish()?);
    Ok(())
}
