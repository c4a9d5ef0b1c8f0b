//! What the program `tracehop` is made of.
//!
//! It is a library so that tests and benchmarks can start the parts alone. Its interface may change with each version: use the
//! program.
#![forbid(unsafe_code)]

pub mod api;
mod duration_text;
pub mod entrance;
pub mod page;
pub mod demo;
pub mod check;
pub mod search;
pub mod segments;
pub mod sources;
pub mod store;
pub mod summary_wire;
pub mod trace;
