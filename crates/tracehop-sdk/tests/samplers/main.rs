//! Samplers from the outside: what a span says of itself goes in, a decision comes out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod asked;
mod linked;
mod rate_cap;
mod rules;
