//! What the program `tracehop` is made of.
//!
//! It is a library so that tests and benchmarks can start the parts alone. Its interface may change with each version: use the
//! program.
#![forbid(unsafe_code)]

pub mod api;
pub mod check;
pub mod demo;
mod duration_text;
pub mod entrance;
pub mod export;
pub mod page;
pub mod search;
pub mod segments;
pub mod sources;
pub mod store;
pub mod summary_wire;
pub mod trace;
pub mod view;
