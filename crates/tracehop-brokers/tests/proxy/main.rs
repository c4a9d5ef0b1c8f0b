//! The fault proxy between real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod answers;
mod bytes;
mod connections;
mod ends;
mod lasting;
mod refusing;
mod starting;
mod support;
mod times;
