//! `tracehop export` and `tracehop import`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod commands;
mod forms;
mod importing;
mod journey_file;
mod page;
mod redaction;
