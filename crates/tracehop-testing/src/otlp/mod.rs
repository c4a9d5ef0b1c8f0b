//! A receiver of OTLP for tests of several processes.

mod builder;
mod export;
mod grpc;
mod http;
mod metrics;
mod received;
mod recorded_log;
mod recorded_metric;
mod recorder;
mod server;
mod sink;
mod spans;
mod values;

pub use builder::OtlpRecorderBuilder;
pub use recorded_log::RecordedLog;
pub use recorded_metric::RecordedMetric;
pub use recorder::OtlpRecorder;
