//! Carries OpenTelemetry trace context across message queues.
//!
//! A service wraps its queue client once; from then on every message it sends carries a *creation context*, and every
//! message it handles gets a span that is linked to the span that sent it: across processes, languages, retries, batches
//! and dead-letter queues.
//!
//! This crate is the core: it needs no broker, no SDK and no runtime. Adapters wrap the clients: `tracehop-kafka` wraps
//! rdkafka, `tracehop-rabbitmq` lapin, and `tracehop-nats` async-nats.
//!
//! # Three rungs
//!
//! Each is built only on the one below, so stop at any of them. All put identical bytes on the wire.
//!
//! 1. *Carriers*: [`Carrier`] and [`CarrierMut`] over the headers of one message, edited by a [`HeaderPatch`].
//! 2. *Inject and extract*: [`MessagePropagator`], and [`MessagingTracer::inject`] and [`extract`](MessagingTracer::extract);
//!    the result is a [`CreationContext`].
//! 3. *Wrappers*: `.traced(&tracer)` ([`IntoTraced`]), which yield [`Received`] messages.
//!
//! ```
//! use tracehop::{CreationContext, MemoryHeaders, MessagingTracer};
//!
//! let tracer = MessagingTracer::global();
//! let headers = MemoryHeaders::from_iter([
//!     ("traceparent", Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
//! ]);
//! let creation = tracer.extract(&headers).creation;
//!
//! // An outbox row, and back.
//! let row = creation.to_string();
//! assert_eq!(row.parse::<CreationContext>()?, creation);
//! # Ok::<(), tracehop::ParseCreationContextError>(())
//! ```
//!
//! # Operations without a span
//!
//! A send, a receive, the handling of a message or a settlement takes place whether or not it has a span. An [`Observer`] is
//! told of each, with the times that its span has if there is one.
//!
//! # For authors of adapters
//!
//! Describe your messages ([`Inbound`], [`Describe`], [`MessagingSystem`]) and ask a [`ClientTracer`] for each operation.
//! Names, kinds, parents, links and attributes are decided here and nowhere else.
//!
//! # Cargo features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `serde` | yes | `Serialize` and `Deserialize` for [`CreationContext`] |
//! | `policy-file` | no | `Policies` in a file of TOML or JSON |
//! | `tower` | no | `ProcessLayer`, for handlers that are services of tower |
//! | `metrics` | no | `MessagingMetrics`: the conventions' metrics, and how contexts fare |
//! | `metrics-bound` | no | The same at less than half of the cost, with the SDK's feature `experimental_metrics_bound_instruments` |
//! | `tracing` | no | `TracingBridge`: what is logged with the crate `tracing` in a handler lands on the process span |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod bridge;
mod carrier;
mod caught;
mod client;
mod codec;
mod context;
mod error;
mod message;
mod observe;
mod operation;
mod policy;
mod propagation;
pub mod semconv;
mod tracer;

#[cfg(feature = "tracing")]
#[cfg_attr(docsrs, doc(cfg(feature = "tracing")))]
pub use bridge::{BridgedSpan, BridgedTracer, TracingBridge};
pub use carrier::{Carrier, CarrierMut, HeaderNames, HeaderPatch, Initials, MemoryHeaders, Room, Transport};
pub use client::{
    BatchReceive, BatchSend, ClientTracer, FollowUp, IntoTraced, MessageSpan, Process, ProcessFuture,
    ProcessSpan, ReceiveClock, Received, ReceivedBatches, TracedStream, UnansweredSpan, process_batch,
    process_batch_blocking,
};
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use client::{ProcessLayer, ProcessService};
pub use context::{CreationContext, ProcessRecord};
pub use error::{CarrierError, CarrierErrorKind, ParseCreationContextError, UnknownPropagatorError};
pub use message::{
    AttributeValue, ClientFacts, Describe, Destination, Detach, Inbound, MessageAttributes, MessageInfo,
    MessagingSystem, OperationKind, Templates, has_id_segment, snake_case,
};
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use observe::MessagingMetrics;
pub use observe::{EndedOperation, HookMessage, Observer, SpanAttributes, StartedOperation};
pub use operation::{Failure, OkValue, Outcome};
#[cfg(feature = "policy-file")]
#[cfg_attr(docsrs, doc(cfg(feature = "policy-file")))]
pub use policy::PolicyError;
pub use policy::{Correlation, Existing, LivePolicies, Policies, Policy, SpanLevel};
pub use propagation::{
    Budget, ExtractReport, Extracted, Format, HeaderOutcome, MessagePropagator, MessagePropagatorBuilder,
    Problem, Problems, Repeats, ReportedHeader, Trust,
};
pub use tracer::{MessagingTracer, MessagingTracerBuilder};
