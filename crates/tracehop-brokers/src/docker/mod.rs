//! Brokers as containers: one for each broker that is asked for.
//!
//! testcontainers makes and removes them. Its `watchdog` is not used: it handles the signals of the program, and helps neither
//! after a `kill -9` nor when a test program just ends, with brokers in its statics. Instead every container carries the label
//! `tracehop.run`, and a shell that waits for the end of this process removes those of this process. Where there is no shell, or no
//! `docker`, `docker rm --force --volumes $(docker ps --all --quiet --filter label=tracehop.run)` does it by hand.

mod container;
mod engine;
mod image;
mod log;

pub(crate) use container::{Container, Theirs};
