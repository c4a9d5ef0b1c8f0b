//! What tracehop adds to the OpenTelemetry SDK: the end-to-end picture of an event that crosses message queues.
//!
//! A trace view stops where a consumer starts a trace of its own and only links back. A [`Journey`] does not stop there:
//! it has all that one message at the edge led to, across services and traces, over parents *and* links.
//!
//! # Layout
//!
//! - [`init`](https://github.com/tracehop/tracehop/blob/main/docs/set-up.md), with the feature of this name, sets up traces, metrics,
//!   logs and a log on this machine in one call; everything below is usable alone
//! - [`JourneyExporter`] keeps finished spans in bounded memory ([`Bounds`]), in an [`Index`] that walks their journeys. Tracer
//!   providers of several services may share one
//! - [`Journey`] has the spans ([`JourneySpan`], each with its [`Role`]), the [`Hop`]s and the critical path
//! - [`Waterfall`] prints one journey as a tree with bars to scale, and uses [`Color`] if you ask for it
//! - [`HopTable`] sums up the hops of many journeys ([`HopRow`], [`Percentiles`])
//! - [`DependencyTable`] counts the calls between services ([`Dependency`]), as the service graph of a trace backend does
//! - [`ChunkSpanProcessor`] hands finished spans to any exporter at little cost, and counts those it loses ([`Drops`])
//! - [`OtlpExporter`](https://github.com/tracehop/tracehop/blob/main/docs/otlp.md) sends spans to a collector, with the feature
//!   `otlp-http` or `otlp-grpc`; `OtlpEncoder` makes the bytes alone
//! - [`Traces`] sets all of that up: a provider by the variables of OpenTelemetry, its processor and its exporter. With the
//!   feature `messaging` it makes tracehop's tracer too
//! - [`LinkedSampler`], [`RuleSampler`] and [`RateCap`] sample by links, by what a span says of its message ([`SampleRule`]), and
//!   up to a limit for each destination
//! - [`Redaction`](https://github.com/tracehop/tracehop/blob/main/docs/set-up.md#redaction), with the feature `redaction`, takes
//!   values of attributes and texts of errors out of spans and log records, or puts pseudonyms in their place
//! - [`Metrics`](https://github.com/tracehop/tracehop/blob/main/docs/set-up.md#metrics-and-logs) and `Logs`, with the features of
//!   these names, set up the other two signals
//!
//! # Features
//!
//! | Feature | Default | What it adds |
//! |---|---|---|
//! | `internal-logs` | Yes | What is lost, and variables that nobody understands, are told to OpenTelemetry's internal log |
//! | `init` | No | `init`, `Telemetry`: all signals in one call. It brings `messaging`, `metrics` and `logs` |
//! | `messaging` | No | tracehop's tracer on the provider of [`Traces`] |
//! | `metrics`, `logs` | No | `Metrics` and `Logs` |
//! | `redaction` | No | `Redaction` |
//! | `otlp-http`, `otlp-grpc` | No | How OTLP travels, for all signals |
//! | `tls`, `gzip` | No | `https`, and compression, of OTLP |
//! | `otlp` | No | The OTLP exporter of spans behind a transport of your own |
//!
//! It works with spans of any instrumentation that follows the
//! [messaging conventions](https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/messaging-spans.md);
//! without the feature `messaging` nothing in it needs the other tracehop crates, but for `tracehop-journey`, the model of journeys.
//!
//! # Example
//!
//! A shop sends an order; a warehouse handles it in a trace of its own, which links to the send.
//!
//! ```
//! use opentelemetry::trace::{Link, Span, SpanKind, Tracer, TracerProvider};
//! use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
//! use tracehop_sdk::{HopTable, JourneyExporter};
//!
//! let exporter = JourneyExporter::new();
//! let service = |name| {
//!     let resource = Resource::builder().with_service_name(name).build();
//!     SdkTracerProvider::builder().with_resource(resource).with_simple_exporter(exporter.clone()).build()
//! };
//! let (shop, warehouse) = (service("shop").tracer("doc"), service("warehouse").tracer("doc"));
//!
//! let mut send = shop.span_builder("send orders").with_kind(SpanKind::Producer).start(&shop);
//! let creation = send.span_context().clone();
//! send.end();
//! let process = warehouse.span_builder("process orders").with_kind(SpanKind::Consumer);
//! process.with_links(vec![Link::new(creation, vec![], 0)]).start(&warehouse).end();
//!
//! let journeys = exporter.journeys();
//! assert_eq!(journeys.len(), 1);
//! assert_eq!(journeys[0].trace_ids().len(), 2);
//! let hop = &journeys[0].hops()[0];
//! assert_eq!((hop.producer.as_str(), hop.consumer.as_str()), ("shop", "warehouse"));
//!
//! println!("{}\n", journeys[0].waterfall());
//! println!("{}", journeys.iter().collect::<HopTable>());
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(feature = "init")]
mod init;
#[cfg(any(feature = "metrics", feature = "logs"))]
mod init_error;
mod journey_exporter;

#[cfg(feature = "logs")]
mod logs;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(feature = "otlp")]
mod otlp;
mod panic_text;
mod percent;
mod processor;
#[cfg(feature = "redaction")]
mod redaction;
mod samplers;
mod semconv;
mod shared;
mod traces;
mod variables;
mod wildcard;
#[cfg(any(feature = "metrics", feature = "logs"))]
mod within;

#[cfg(feature = "init")]
#[cfg_attr(docsrs, doc(cfg(feature = "init")))]
pub use init::{LogFormat, Telemetry, TelemetryBuilder, init};
#[cfg(any(feature = "metrics", feature = "logs"))]
#[cfg_attr(docsrs, doc(cfg(any(feature = "metrics", feature = "logs"))))]
pub use init_error::InitError;
pub use journey_exporter::JourneyExporter;
#[cfg(feature = "logs")]
#[cfg_attr(docsrs, doc(cfg(feature = "logs")))]
pub use logs::{Logs, LogsBuilder};
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use metrics::{Metrics, MetricsBuilder};
#[cfg(feature = "otlp")]
#[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
pub use otlp::{
    OtlpCompression, OtlpConfigError, OtlpCounters, OtlpEncoder, OtlpExporter, OtlpExporterBuilder,
    OtlpProtocol, OtlpRequest, OtlpResponse, OtlpTransport, OtlpTransportError,
};
pub use processor::{ChunkSpanProcessor, ChunkSpanProcessorBuilder, DropReason, DropReport, Drops};
#[cfg(all(feature = "redaction", feature = "logs"))]
#[cfg_attr(docsrs, doc(cfg(all(feature = "redaction", feature = "logs"))))]
pub use redaction::RedactingLogProcessor;
#[cfg(feature = "redaction")]
#[cfg_attr(docsrs, doc(cfg(feature = "redaction")))]
pub use redaction::{
    PseudonymKey, Redact, RedactingSpanProcessor, Redaction, RedactionBuilder, RedactionError,
};
pub use samplers::{LinkedSampler, RateCap, RuleSampler, RuleSamplerBuilder, SampleRule, SamplerError};
/// The crate of the model: the types of what a [`JourneySpan`] shows, such as its attributes, events and resource.
pub use tracehop_journey;
pub use tracehop_journey::{
    Bounds, Color, Dependency, DependencyTable, Hop, HopRow, HopTable, Index, Journey, JourneySpan,
    Percentiles, Role, Waterfall,
};
pub use traces::{Traces, TracesBuilder, TracesError};

/// Compiles the code of the page.
#[cfg(all(doctest, feature = "otlp-http"))]
#[doc = include_str!("../../../docs/otlp.md")]
struct OtlpPage;

/// Compiles the code of the page.
#[cfg(all(
    doctest,
    feature = "messaging",
    feature = "otlp-http",
    feature = "redaction",
    feature = "metrics",
    feature = "logs"
))]
#[doc = include_str!("../../../docs/set-up.md")]
struct SetUpPage;
