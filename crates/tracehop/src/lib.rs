//! Carries OpenTelemetry trace context across message queues.
//!
//! A service wraps its queue client once; from then on every message it sends carries a *creation context*, and every
//! message it handles gets a span that is linked to the span that sent it: across processes, languages, retries, batches
//! and dead-letter queues.
//!
//! This crate is the core: no broker, no SDK, no runtime. Adapters wrap the clients: `tracehop-kafka` for rdkafka.
//!
//! # Three rungs
//!
//! Each is built only on the one below, so stop at any of them. All put identical bytes on the wire.
//!
//! 1. *Carriers*: [`Carrier`] and [`CarrierMut`] over the headers of one message, edited by a [`HeaderPatch`].
//! 2. *Inject and extract*: [`MessagePropagator`], and [`MessagingTracer::inject`] and [`extract`](MessagingTracer::extract);
//!    the result is a [`CreationContext`].
//! 3. *Wrappers*: `.traced(&tracer)` ([`IntoTraced`], [`TracedStreamExt`]), which yield [`Received`] messages.
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
//! # For authors of adapters
//!
//! Describe your messages ([`Inbound`], [`MessageInfo`], [`MessagingSystem`]) and ask a [`ClientTracer`] for the span of
//! each operation. Names, kinds, parents, links and attributes are decided here and nowhere else.
//!
//! # Cargo features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `serde` | yes | `Serialize` and `Deserialize` for [`CreationContext`] |

#![forbid(unsafe_code)]

mod batch;
mod builder;
mod carrier;
mod client;
mod correlation;
mod creation;
mod error;
mod extractor;
mod intern;
mod message;
mod operation;
mod outcome;
mod patch;
mod policy;
mod problem;
mod process;
mod processing;
mod propagator;
mod provider;
mod received;
pub mod semconv;
mod span;
mod stream;
mod traced;
mod tracer;
mod w3c;

pub use batch::{BatchReceive, process_batch};
pub use builder::MessagingTracerBuilder;
pub use carrier::{Carrier, CarrierMut, MemoryHeaders};
pub use client::{ClientFacts, ClientTracer};
pub use correlation::Correlation;
pub use creation::CreationContext;
pub use error::{CarrierError, ParseCreationContextError, UnknownPropagatorError};
pub use message::{AttributeValue, Destination, Inbound, MessageInfo};
pub use operation::{MessagingSystem, Operation};
pub use outcome::{Failure, Outcome};
pub use patch::HeaderPatch;
pub use policy::Existing;
pub use problem::{Problem, Problems};
pub use process::{ProcessSpan, Run};
pub use propagator::{Extracted, MessagePropagator, MessagePropagatorBuilder, Repeats};
pub use received::Received;
pub use span::MessageSpan;
pub use stream::{TracedStream, TracedStreamExt};
pub use traced::IntoTraced;
pub use tracer::MessagingTracer;
