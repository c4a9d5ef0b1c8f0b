//! A set-up of traces from the outside: settings and variables go in, spans come out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]
#![allow(clippy::similar_names, reason = "traces have tracers")]

mod disabled;
mod ends;
mod ids;
#[cfg(feature = "messaging")]
mod mail;
mod mistakes;
#[cfg(feature = "otlp-http")]
mod otlp;
mod resource;
mod sampler_variables;
#[cfg(feature = "messaging")]
mod trust;
mod variables;
#[cfg(feature = "internal-logs")]
mod warnings;
