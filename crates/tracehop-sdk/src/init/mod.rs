//! All three signals, and a log on this machine, set up in one call.
//!
//! The `builder` puts a `telemetry` together: traces, metrics and logs that share a resource, in which is what was `detected`; the
//! propagator that `OTEL_PROPAGATORS` asks for, also as a `text_map` for other instrumentation; and a `subscriber` for `tracing`,
//! which writes each event as a `log_line` in a `log_format`. `internal_log` keeps exporters from telling the same again and again.

mod builder;
mod detected;
mod internal_log;
mod log_format;
mod log_line;
mod subscriber;
mod telemetry;
mod text_map;

pub use builder::{TelemetryBuilder, init};
pub use log_format::LogFormat;
pub use telemetry::Telemetry;
