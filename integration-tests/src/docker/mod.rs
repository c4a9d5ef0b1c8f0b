//! Brokers as containers: one for each broker and run.
//!
//! testcontainers makes and removes them. Its `watchdog` is not used: it ends the program on a signal, and with it
//! the chance to stop the brokers that are processes. Instead every container carries the label `tracehop.run`, and
//! [`Engine::remove_all`] removes those of this run, also one that was made a moment before an interruption. After a
//! `kill -9`, `docker rm --force $(docker ps --all --quiet --filter label=tracehop.run)` does it by hand.

mod container;
mod engine;
mod image;
mod log;

pub use container::Container;
pub use engine::Engine;
