//! Spans and log records from the formats in which others keep them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod jaeger;
mod jaeger_recorded;
mod otlp_broken;
mod otlp_export;
mod otlp_hostile;
mod otlp_json;
mod otlp_logs;
mod otlp_spans;
mod query_hostile;
mod requests;
mod tempo;
