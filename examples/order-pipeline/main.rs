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
//! about tracing. What it logs has the ids of the span that it is in. Run it with `cargo run --example order-pipeline`; `-- --help` lists the options.

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
#[cfg(test)]
mod tests;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use futures::FutureExt;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tracing::instrument::WithSubscriber;

use brokers::Brokers;
use cli::Cli;
use model::Order;
use telemetry::Services;

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
    let telemetry = Services::set_up(cli.log, |name| env::var(name).ok())?;
    let brokers = Arc::new(Brokers::connect(&cli).await?);
    println!("{} orders through {}", all.len(), brokers.description());

    let outcome = pipeline(&telemetry, &brokers, all).await;
    // Also after a failure: what is on somebody's broker should not stay there.
    let cleaned_up = brokers.clean_up().await;
    outcome.and(cleaned_up)?;

    report::print(&telemetry.journeys);
    telemetry.shut_down().await
}

async fn pipeline(telemetry: &Services, brokers: &Arc<Brokers>, all: Vec<Order>) -> anyhow::Result<()> {
    let Services { orders, payments, shipping, .. } = telemetry;
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = stopped.map(drop).shared();
    // In a process of its own a service has its subscriber for all of it, and says nothing here.
    let mut services = JoinSet::new();
    services.spawn(
        payments::run(payments.messaging_tracer(), Arc::clone(brokers), stopped.clone())
            .with_subscriber(payments.dispatch().clone()),
    );
    services.spawn(
        shipping::run(shipping.messaging_tracer(), Arc::clone(brokers), stopped)
            .with_subscriber(shipping.dispatch().clone()),
    );

    // The other services run until the last order is through, or until one of them fails.
    tokio::select! {
        done = orders::run(orders, brokers, &all).with_subscriber(orders.dispatch().clone()) => done?,
        Some(ended) = services.join_next() => ended??,
    }
    // They finish what they have begun.
    drop(stop);
    while let Some(ended) = services.join_next().await {
        ended??;
    }
    Ok(())
}
