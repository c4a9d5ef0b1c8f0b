//! A shop of two services that are written with `tracing`: an HTTP service that takes orders, and a worker that charges for them.
//!
//! ```text
//! customer ──HTTP──▶ api ──"orders"──▶ worker
//!                     ▲     Kafka         │
//!                     └─"orders.answered"─┘
//!                            NATS
//! ```
//!
//! Both log with `tracing` as JSON, and all three signals go to a collector over OTLP. The answer to an HTTP request comes back
//! over the queue, so all of an order is one trace, from the customer's request to the answer.
//!
//! Run it with `cargo run --example axum-service`: it is its own customer, brokers and collector then, and checks what arrived.
//! `-- --help` lists the options.

mod api;
mod brokers;
mod check;
mod cli;
mod customer;
mod log_lines;
mod model;
mod nats_server;
mod nats_stand_in;
mod pending;
mod telemetry;
#[cfg(test)]
mod tests;
mod trace_http;
mod worker;

use std::process::ExitCode;
use std::sync::Arc;
use std::{env, io};

use anyhow::{Context, bail};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracehop_sdk::Telemetry;
use tracehop_testing::OtlpRecorder;

use api::Api;
use brokers::Brokers;
use cli::Cli;
use customer::Customer;
use log_lines::LogLines;
use worker::Worker;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("axum-service: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let log = LogLines::new(io::stdout);
    // A collector of one's own, if none is given.
    let is_given = env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some_and(|endpoint| !endpoint.is_empty());
    let collector = if is_given { None } else { Some(OtlpRecorder::start().await?) };
    let telemetry = telemetry::telemetry(collector.as_ref().map(OtlpRecorder::endpoint), &log)?;
    telemetry.install()?;
    // They outlive the clients, which would log it if they did not.
    let brokers = Brokers::start(&cli).await?;
    println!("{} orders through {}", cli.orders, brokers.description());
    let served = serve(&cli, &brokers, &telemetry).await;
    // It blocks.
    let flushed = tokio::task::spawn_blocking(move || telemetry.shutdown()).await?;
    let customers = served?;
    flushed.context("not everything could be exported")?;
    match collector {
        Some(collector) => {
            check::print(&check::check(&customers, &collector, &log.lines())?);
        }
        None => {
            println!("{} orders: look for them where OTEL_EXPORTER_OTLP_ENDPOINT points to", customers.len());
        }
    }
    Ok(())
}

/// Runs the shop until all customers have their answers. The customers.
async fn serve(cli: &Cli, brokers: &Brokers, telemetry: &Telemetry) -> anyhow::Result<Vec<Customer>> {
    let api = Arc::new(Api::connect(brokers, telemetry).await?);
    let answers = api.answers().await?;
    let worker = Worker::connect(brokers, telemetry).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;

    // When what is sent on is dropped, what is received from it ends.
    let (stop_server, server_stops) = watch::channel(());
    let (stop_services, services_stop) = watch::channel(());
    let mut services = JoinSet::new();
    services.spawn(worker.run(services_stop.clone()));
    services.spawn(Arc::clone(&api).take(answers, services_stop));
    let mut server = tokio::spawn(api::serve(listener, api, server_stops));

    let customers = tokio::select! {
        all = Customer::all(address, cli.orders) => all?,
        ended = &mut server => { ended??; bail!("the HTTP service ended") }
        Some(ended) = services.join_next() => { ended??; bail!("a service ended") }
    };
    // First those who ask, then those who answer.
    drop(stop_server);
    server.await??;
    drop(stop_services);
    while let Some(ended) = services.join_next().await {
        ended??;
    }
    Ok(customers)
}
