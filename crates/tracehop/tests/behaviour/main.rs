//! What the core does, over headers in memory and a messaging system of its own: no broker, no globals, no sleeps.
//!
//! One program, so that it is linked once. `cargo test --test behaviour correlation` runs one concept.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests are tests"
)]

mod batch;
mod batch_send;
mod batch_settle;
mod budget;
mod carriers;
mod correlation;
mod creation;
mod debug;
mod description;
mod destinations;
mod destructors;
mod dropped_at_each_poll;
mod environment;
mod explain;
mod follow_up;
mod formats;
mod forward;
mod global_provider;
mod header_patch;
mod hooks;
mod journeys;
mod mail;
mod message_span;
#[cfg(feature = "metrics")]
mod metrics;
mod observer_facts;
mod observer_panics;
mod observers;
#[cfg(feature = "metrics")]
mod operating_page;
mod operations;
mod own_baggage;
mod policies;
mod problems;
mod process;
mod process_or;
mod propagators;
mod providers;
mod received_batches;
mod repeats;
mod room;
mod round_trips;
mod semconv;
mod send;
mod silent;
mod stored;
mod strangers;
mod stream;
#[cfg(feature = "tower")]
mod tower;
mod tracing;
#[cfg(feature = "tracing")]
mod tracing_bridge;
mod trust;
mod trust_unsampled;
