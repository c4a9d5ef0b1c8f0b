//! `tracehop-nats` against a real NATS server with JetStream.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod batches;
mod connections;
mod consumers;
mod dropped_at_each_poll;
mod forward;
mod headers;
mod hop;
mod jetstream;
mod names;
mod requests;
mod servers;
mod services;
mod subjects;
mod support;
