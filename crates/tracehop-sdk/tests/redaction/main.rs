//! What is taken out of spans before they are exported.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![allow(clippy::similar_names, reason = "traces have tracers")]

mod error_texts;
#[cfg(feature = "logs")]
mod logs;
mod mistakes;
#[cfg(feature = "otlp")]
mod otlp;
mod spans;
mod values;
