//! The demo shows everything that the page shows, and says truly what it sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod counts;
mod picture;
mod receiver;
mod refused;
mod shop;
mod spans;
