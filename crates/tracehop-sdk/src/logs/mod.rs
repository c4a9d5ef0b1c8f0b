//! A logger provider that is set up: resource, processor and exporter. The `builder` puts it together, `output` is where records
//! go to: over OTLP, where a `counting_log_processor` knows how many there are, or to the `console_exporter`. `bridge` brings events of `tracing` to it.

mod bridge;
mod builder;
mod console_exporter;
#[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
mod counting_log_processor;
mod logs;
mod output;

#[cfg(feature = "init")]
pub(crate) use bridge::is_of_exporters;
pub use builder::LogsBuilder;
pub use logs::Logs;
