//! Spans and log records from the formats in which others keep them.

mod otlp_hostile;
mod otlp_json;
mod otlp_logs;
mod otlp_spans;
mod requests;
