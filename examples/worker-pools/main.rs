//! The shapes of a Kafka consumer, each a small program that is safe to copy: it loses no message, whenever it is stopped.
//!
//! | File | Shape | Order of handling | An offset is stored |
//! |---|---|---|---|
//! | `one_by_one.rs` | One order after the other | That of each partition | when the order is done |
//! | `concurrent.rs` | Sixteen handlers at once, in one task | Any | when the order and all before it are done |
//! | `partition_tasks.rs` | A task for each partition | That of each partition | when the order is done |
//! | `task_pool.rs` | A pool of tasks, fed by a channel | Any | when the order and all before it are done |
//! | `threads.rs` | Threads that block, each with its consumer | That of each partition | when the order is done |
//!
//! librdkafka commits every few seconds what is stored. In each shape an order that cannot be handled goes to dead letters,
//! inside its trace, and stops nothing.
//!
//! This file sends orders, stops each consumer while it handles an order, starts it again, and counts. Run it with
//! `cargo run --example worker-pools`; `-- --help` lists the options.

mod check;
mod cluster;
mod concurrent;
mod one_by_one;
mod partition_tasks;
mod shape;
mod shop;
mod task_pool;
mod threads;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use futures::future::join_all;

use cluster::Cluster;
use shape::Shape;

/// The shapes of a Kafka consumer: each is stopped half-way and started again, and must have handled every order.
#[derive(Debug, Parser)]
#[command(name = "worker-pools")]
struct Cli {
    /// A Kafka cluster to use, `HOST:PORT[,HOST:PORT]`; without it a broker inside this process.
    #[arg(long, value_name = "HOST:PORT")]
    kafka_brokers: Option<String>,

    /// Only this shape.
    shape: Option<Shape>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("worker-pools: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let shapes = cli.shape.map_or_else(|| Shape::value_variants().to_vec(), |shape| vec![shape]);
    let cluster = Cluster::connect(cli.kafka_brokers.as_deref(), &shapes).await?;
    let checks = join_all(shapes.iter().map(|shape| check::run(*shape, &cluster))).await;
    // Also after a failure: what is on somebody's cluster should not stay there.
    let cleaned_up = cluster.clean_up().await;
    checks.into_iter().chain([cleaned_up]).collect()
}
