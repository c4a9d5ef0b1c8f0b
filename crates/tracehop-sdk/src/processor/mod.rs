//! Finished spans on their way to an exporter: kept by thread, handed over in chunks, exported by one thread.
//!
//! The data flows in one direction: the `hub` gives a span `room` and puts it into a `chunk` of its thread's `shards`; full chunks
//! wait in the `inbox` until the `worker` exports them with the `guarded_exporter`.

mod block_on;
mod builder;
mod chunk;
mod chunk_span_processor;
mod config;
mod deadline;
mod drop_reason;
mod drop_report;
mod drops;
mod failure;
mod guarded_exporter;
mod hub;
mod inbox;
#[cfg(feature = "metrics")]
mod lost_spans;
mod per_reason;
mod reporter;
mod room;
mod shards;
mod worker;

pub use builder::ChunkSpanProcessorBuilder;
pub use chunk_span_processor::ChunkSpanProcessor;
pub use drop_reason::DropReason;
pub use drop_report::DropReport;
pub use drops::Drops;
