//! Finished spans → OTLP → a server.
//!
//! The data flows in one direction: the `exporter` gets batches, the `encoder` (with `encode`) writes them as bytes, and the
//! `delivery` brings these to a `transport`: over `http` or `grpc`, or one of the user's. The processor has spans encoded where they
//! end, as `encoded_spans`, of which the exporter makes an `encoded_part`. `retry` says what an answer means,
//! `counters` what became of the spans. The `builder` puts all that together, from what it is told and from `variables`.

mod builder;
mod compression;
mod config_error;
mod connection;
mod counters;
mod delivery;
mod encode;
mod encoded_part;
mod encoded_spans;
mod encoder;
mod endpoint;
mod exporter;
#[cfg(feature = "otlp-grpc")]
mod grpc;
#[cfg(feature = "otlp-grpc")]
mod grpc_codec;
#[cfg(feature = "otlp-grpc")]
mod grpc_runtime;
#[cfg(all(feature = "otlp-grpc", feature = "tls"))]
mod grpc_tls;
#[cfg(all(feature = "otlp-http", feature = "gzip"))]
mod gzip;
mod headers;
#[cfg(feature = "otlp-http")]
mod http;
#[cfg(all(feature = "otlp-http", feature = "tls"))]
mod http_tls;
#[cfg(all(feature = "logs", any(feature = "otlp-http", feature = "otlp-grpc")))]
mod log_exporter;
#[cfg(all(feature = "metrics", any(feature = "otlp-http", feature = "otlp-grpc")))]
mod metric_exporter;
mod outages;
mod part;
mod partial_success;
mod protocol;
mod read;
mod retry;
#[cfg(feature = "otlp-grpc")]
mod retry_info;
mod signal;
mod stop;
mod text;
mod tls;
mod transport;
mod transport_error;
mod variables;

pub use builder::OtlpExporterBuilder;
pub use compression::OtlpCompression;
pub use config_error::OtlpConfigError;
pub use counters::OtlpCounters;
pub(crate) use delivery::{Loss, LossReason};
pub(crate) use encoded_spans::EncodedSpans;
pub use encoder::OtlpEncoder;
pub use exporter::OtlpExporter;
#[cfg(all(feature = "logs", any(feature = "otlp-http", feature = "otlp-grpc")))]
pub(crate) use log_exporter::OtlpLogExporter;
#[cfg(all(feature = "metrics", any(feature = "otlp-http", feature = "otlp-grpc")))]
pub(crate) use metric_exporter::OtlpMetricExporter;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) use outages::Outages;
pub use protocol::OtlpProtocol;
#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
pub(crate) use signal::Signal;
pub use transport::{OtlpRequest, OtlpResponse, OtlpTransport};
pub use transport_error::OtlpTransportError;
