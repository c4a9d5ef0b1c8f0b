//! `tracehop-nats` against a real NATS server with JetStream.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod connections;
mod consumers;
mod dead_letters;
mod dropped_at_each_poll;
mod headers;
mod jetstream;
mod messages;
mod names;
mod requests;
mod servers;
mod services;
mod subjects;
mod support;
