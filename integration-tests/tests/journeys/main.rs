//! Journeys across real brokers: what users see of their messages when several clients, groups and services take part.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    reason = "tests"
)]

mod counts;
mod dead_letters;
mod fan_in;
mod fan_out;
mod instrumented_loops;
mod other_services;
mod pipeline;
mod rebalance;
mod redelivery;
mod replies;
#[path = "../support/mod.rs"]
mod support;
mod transactions;
