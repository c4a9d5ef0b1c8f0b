//! Tools to test traced messaging code, in one process or in many.
//!
//! | module | for whom | what |
//! |---|---|---|
//! | [`SpanRecorder`] | services, adapters | an SDK of its own, whose finished spans a test can wait for |
//! | `OtlpRecorder`, with the feature `otlp` | services | a receiver of OTLP, to which child processes and containers export |
//! | [`TraceTree`] | services, adapters | those spans as text: parents, links and errors, but nothing that changes from run to run; and assertions about the way of messages, such as [`Hop`] |
//! | [`ServiceContract`] | services in any language | a message in each form goes in, and what comes out must carry the context |
//! | [`MetricRecorder`] | services, adapters | a meter provider of its own, whose points a test can look at |
//! | [`polled`] | services, adapters | drops a future after some polls, as a time-out does |
//! | [`corpus`] | authors of carriers | hostile headers, which no honest client writes |
//! | [`vectors`] | authors of carriers | what is on the wire, and what a correct reader makes of it, row by row |
//! | [`conformance`], [`carrier_conformance!`] | authors of carriers | all of it as tests of one carrier, in one line |
//! | [`brokers`], [`broker_conformance!`], [`killed_broker_conformance!`] | authors of adapters | what every adapter must do on a real broker, and on one that is killed, in one line each |
//!
//! Nothing here is global, so tests run in parallel. Everything panics if an assertion fails.
//!
//! ```
//! use tracehop::MemoryHeaders;
//! use tracehop_testing::SpanRecorder;
//! # use tracehop::{Carrier, ClientFacts, ClientTracer, Describe, Destination, Inbound, MessageInfo};
//! # use tracehop::MessagingSystem;
//! # enum Mail {}
//! # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
//! # struct Letter(MemoryHeaders);
//! # impl Inbound<Mail> for Letter {
//! #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("orders")) }
//! #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
//! # }
//!
//! let spans = SpanRecorder::new();
//! let tracer = spans.messaging_tracer();
//! # let client = ClientTracer::<Mail>::new(&tracer, ClientFacts::default());
//! # let send = |topic| {
//! #     let mut headers = MemoryHeaders::new();
//! #     client.send(&MessageInfo::to(Destination::named(topic)), &mut headers).end();
//! #     Letter(headers)
//! # };
//!
//! // The service under test, which was given the tracer.
//! let order = client.received(send("orders"));
//! order.process_blocking(|| { send("shipments"); });
//!
//! spans.assert_tree("
//!     send orders            PRODUCER  #1
//!     └ process orders       CONSUMER  links: #1
//!       └ send shipments     PRODUCER
//! ");
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "this crate is assertions: panicking is how it tells, and it only runs in tests"
)]

pub mod brokers;
pub mod conformance;
mod contract;
pub mod corpus;
mod expectation;
mod hop;
mod metric_recorder;
#[cfg(feature = "otlp")]
mod otlp;
mod polled;
mod printable;
mod propagation;
mod recorded_span;
mod recorder;
mod recorder_methods;
mod store;
mod tree;
pub mod vectors;

pub use brokers::BrokerUnderTest;
pub use conformance::CarrierUnderTest;
pub use contract::{ContractReport, ServiceContract};
pub use hop::Hop;
pub use metric_recorder::{MetricPoint, MetricRecorder};
#[cfg(feature = "otlp")]
#[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
pub use otlp::{OtlpRecorder, OtlpRecorderBuilder, RecordedLog, RecordedMetric};
pub use polled::polled;
pub use recorded_span::RecordedSpan;
pub use recorder::SpanRecorder;
pub use tree::TraceTree;

/// One header as it is on the wire: the bytes of its name, and those of its value. `None` is a null value.
pub type Header = (Vec<u8>, Option<Vec<u8>>);
