//! `tracehop-rabbitmq` against a real RabbitMQ.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod batches;
mod connections;
mod consumers;
mod destinations;
mod dropped_at_each_poll;
mod forward;
mod headers;
mod producers;
mod requests;
mod support;
