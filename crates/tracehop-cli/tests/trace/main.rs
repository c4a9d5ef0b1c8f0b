//! `tracehop trace` and what it asks: Jaeger, Tempo, a running view, files.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod failures;
mod files;
mod following;
mod jaeger;
mod jobs;
mod names;
mod output;
mod recorded;
mod server;
mod tempo;
mod view;
mod within;
