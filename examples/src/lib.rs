//! The examples are programs: `cargo run --example order-pipeline`.
