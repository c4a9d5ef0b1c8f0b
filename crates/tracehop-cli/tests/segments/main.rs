//! What is kept on disk survives: restarts, `kill -9`, damage, and a disk that is too small.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bounds;
mod damage;
mod kept;
mod kill;
mod opening;
mod support;
