//! Finished OpenTelemetry spans → journeys of messages.
//!
//! A [`Journey`] is all that one message at the edge led to, across services, brokers and traces: spans that parents *and* links
//! connect. [`tracehop view`](https://github.com/tracehop/tracehop/blob/main/docs/viewer.md) shows them, the crate `tracehop-sdk`
//! prints them, and the trees of `tracehop-testing` stand on the same [`Forest`].
//!
//! Everything here is plain data and pure functions: no server, no clock, no file, no thread. Spans are written by anybody, so all
//! of it is bounded: cycles, repeated ids and a hundred thousand spans under one id cost bounded time and memory.
//!
//! # Layout
//!
//! From spans to pictures:
//!
//! - **In**: [`JourneySpan::new`] makes a span of [`SpanParts`] and the [`Source`] that recorded it, within bounds, and counts what
//!   it has [`Lost`]. `JourneySpan::from_sdk` reads spans of the SDK, `otlp` those of OTLP (and writes them), `query` answers of Jaeger
//!   and Tempo. A [`LogLine`] is a log record of a span
//! - **[`Index`]**: keeps spans within [`Bounds`] of bytes and age, counts what it has [`Dropped`], and walks journeys from one
//!   message. [`JourneyId`] names a journey
//! - **One journey**: a [`Journey`] has the spans (each with its [`Role`]), the [`Hop`]s, the critical path and the rows of a screen
//!   ([`JourneyRow`]); [`Waterfall`] prints it, with [`Color`] if asked for
//! - **Many journeys**: a [`JourneySummary`] is one of them in a list, with its [`HopRecord`]s and its [`Outcome`]. Of these are
//!   computed [`DestinationMap`] and its [`MapLayout`], [`HopDetail`], [`troubles`] and [`clock_skews`]. [`HopTable`] and
//!   [`DependencyTable`] print sums of whole journeys
//! - [`Forest`]: what comes after what in any list of spans, with cycles cut
//!
//! # Features
//!
//! None is on by default.
//!
//! | Feature | What it adds |
//! |---|---|
//! | `sdk` | `JourneySpan::from_sdk`: spans of `opentelemetry_sdk` |
//! | `otlp` | The module `otlp`: spans and log records of OTLP requests, in protobuf and in JSON, and the way back |
//! | `query` | The module `query`: spans of the answers of Jaeger's and Tempo's query APIs. It brings `otlp` |
//! | `serde` | Views that `serde` can write |
//!
//! # Example
//!
//! A shop sends an order; a warehouse handles it in a trace of its own, which links to the send.
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use opentelemetry::trace::SpanKind;
//! use tracehop_journey::{Attribute, Bounds, Index, JourneySpan, Source, SpanParts, Value};
//!
//! let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
//! let at = |millis| start + Duration::from_millis(millis);
//! let orders = || vec![Attribute::new("messaging.destination.name", Value::text("orders"))];
//! let send = SpanParts {
//!     key: (1.into(), 1.into()),
//!     name: "send orders".into(),
//!     kind: SpanKind::Producer,
//!     started: at(0),
//!     ended: at(2),
//!     attributes: orders(),
//!     ..SpanParts::default()
//! };
//! let process = SpanParts {
//!     key: (2.into(), 2.into()),
//!     name: "process orders".into(),
//!     kind: SpanKind::Consumer,
//!     started: at(14),
//!     ended: at(22),
//!     attributes: orders(),
//!     links: vec![send.key.into()],
//!     ..SpanParts::default()
//! };
//!
//! let mut index = Index::new(Bounds::default());
//! for (parts, service) in [(process, "warehouse"), (send, "shop")] {
//!     index.insert(JourneySpan::new(parts, Source::of_service(service)).unwrap(), at(30));
//! }
//!
//! let journeys = index.journeys();
//! assert_eq!(journeys.len(), 1);
//! assert_eq!(journeys[0].trace_ids().len(), 2);
//!
//! let hop = &journeys[0].hops()[0];
//! assert_eq!((hop.producer.as_str(), hop.destination.as_str(), hop.consumer.as_str()), ("shop", "orders", "warehouse"));
//! assert_eq!(hop.queue, Duration::from_millis(12));
//!
//! assert_eq!(
//!     journeys[0].waterfall().to_string().lines().collect::<Vec<_>>(),
//!     [
//!         "send orders · 22.0 ms · ok",
//!         "trace 00000000000000000000000000000001 and 1 linked · 2 spans · 1 hop",
//!         "  span             service      start     took",
//!         "◆ send orders      shop          0 µs  2.00 ms  ▬▬▬▬▬",
//!         "◆ ┆ in queue       -          2.00 ms  12.0 ms      ······························",
//!         "◆ └ process orders warehouse  14.0 ms  8.00 ms                                   ███████████████████",
//!         "◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error",
//!     ]
//! );
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod carried;
mod cause;
mod color;
mod critical_path;
mod dead_letter_names;
mod dependency_table;
mod described;
mod duration;
mod forest;
#[cfg(feature = "sdk")]
mod from_sdk;
mod handover;
mod hop;
mod index;
mod journey;
mod log_line;
mod lookup;
mod names;
mod older_names;
#[cfg(feature = "otlp")]
pub mod otlp;
mod places;
mod preorder;
#[cfg(feature = "query")]
pub mod query;
mod role;
mod semconv;
mod source;
mod span;
mod span_parts;
mod summary;
mod table;
mod text;
mod tree;
mod value;
mod views;
mod wait;
mod waterfall;

pub use color::Color;
pub use dead_letter_names::is_dead_letters;
pub use dependency_table::{Dependency, DependencyTable};
pub use duration::Human;
pub use forest::{Before, Forest, Origin, Root};
pub use hop::Hop;
pub use index::{Bounds, Dropped, Index, Walked};
pub use journey::Journey;
pub use log_line::LogLine;
pub use preorder::{Preorder, Step};
pub use role::Role;
pub use source::Source;
pub use span::JourneySpan;
pub use span_parts::{Lost, SpanEvent, SpanKey, SpanLink, SpanParts, SpanStatus};
pub use summary::{
    Gap, HopRecord, JourneyId, JourneySummary, Loss, NoJourneyId, Outcome, Stretch, UnhandledSend,
    UnmatchedHandler,
};
pub use table::{HopRow, HopTable, Percentiles};
pub use text::fit;
pub use value::{Attribute, Value};
pub use views::{
    ClockSkew, DestinationMap, Durations, HeatCell, HopDetail, HopQuery, JourneyRow, Latency, MapArrow,
    MapLayout, MapNode, MapPoint, MapRoute, NodeKind, RowKind, SlowMessage, Spread, Trouble, TroubleKind,
    TroubleLimits, clock_skews, troubles,
};
pub use waterfall::Waterfall;

/// Compiles the code of the page.
#[cfg(all(doctest, feature = "otlp"))]
#[doc = include_str!("../README.md")]
struct Readme;
