//! Payments that fail: tried again after a delay, given up as dead letters, replayed, or parked. On Kafka, RabbitMQ or NATS.
//!
//! ```text
//!            ┌───────── retry, after a delay ◀─┐
//!            ▼                                 │ declined
//! shop ──▶ orders ──────────────────────▶ payments ──declined too often──▶ dead letters ──▶ support
//!            ▲                                 │                                               │
//!            │                                 └──no order──▶ parking lot                      │
//!            └──────────────────────────── replayed ◀──────────────────────────────────────────┘
//! ```
//!
//! | File | What |
//! |---|---|
//! | `next.rs` | What becomes of an order whose payment failed: the one rule, for all brokers |
//! | `kafka/`, `rabbitmq/`, `nats/` | How it gets there: the loops to copy, in `payments.rs` and `support.rs` of each |
//!
//! Run it with `cargo run --example retry-dlq`; `-- --help` lists the options.

mod bank;
mod broker;
mod cli;
mod fate;
mod host;
mod kafka;
mod names;
mod nats;
mod next;
mod order;
mod payment_error;
mod rabbitmq;
mod report;
mod shop;
mod telemetry;
#[cfg(test)]
mod tests;
mod verdict;
mod wait;

use std::env;
use std::process::ExitCode;

use clap::Parser;
use futures::FutureExt;
use tokio::sync::oneshot;

use broker::Broker;
use cli::{BrokerName, Cli};
use kafka::Kafka;
use nats::Nats;
use rabbitmq::RabbitMq;
use shop::Shop;
use telemetry::{Services, tracer};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("retry-dlq: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let address = cli.address.as_deref();
    match cli.broker {
        BrokerName::Kafka => run_on(Kafka::connect(address).await?).await,
        BrokerName::Rabbitmq => run_on(RabbitMq::connect(address).await?).await,
        BrokerName::Nats => run_on(Nats::connect(address).await?).await,
    }
}

async fn run_on(broker: impl Broker) -> anyhow::Result<()> {
    let services = Services::set_up(|name| env::var(name).ok())?;
    println!("{} orders through {}", order::ALL.len(), broker.description());
    let shop = Shop::new(order::ALL.len());
    let outcome = serve(&broker, &services, &shop, &order::ALL).await;
    // Also after a failure: what is on somebody's broker should not stay there.
    let cleaned_up = broker.clean_up().await;
    outcome.and(cleaned_up)?;
    report::print(&services.journeys);
    services.shut_down().await
}

/// Places orders, and runs the services until each of these orders has come to its end.
async fn serve(
    broker: &impl Broker,
    services: &Services,
    shop: &Shop,
    orders: &[&str],
) -> anyhow::Result<()> {
    let (end, stopped) = oneshot::channel::<()>();
    let stopped = stopped.map(drop).shared();
    let (payments, support) = (tracer(&services.payments), tracer(&services.support));
    let customers = async {
        broker.place(orders, &tracer(&services.shop)).await?;
        shop.all_ended().await;
        // The services finish what they have begun.
        drop(end);
        Ok(())
    };
    // If one of them fails, so do all. They are boxed because they are large.
    tokio::try_join!(
        customers,
        Box::pin(broker.payments(shop, &payments, stopped.clone())),
        Box::pin(broker.support(shop, &support, stopped)),
    )?;
    Ok(())
}
