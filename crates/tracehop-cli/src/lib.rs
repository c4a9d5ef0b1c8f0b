//! What the program `tracehop` is made of.
//!
//! It is a library so that tests and benchmarks can start the parts alone. Its interface may change with each version: use the
//! program.
#![forbid(unsafe_code)]

mod duration_text;
pub mod entrance;
pub mod search;
pub mod segments;
pub mod sources;
pub mod store;
pub mod api;
pub mod page;
