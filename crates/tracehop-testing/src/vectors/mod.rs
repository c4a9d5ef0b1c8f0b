//! What is on the wire, and what a correct reader and writer make of it. Each case is one vector.
//!
//! Vectors are data. [`carrier_conformance!`](crate::carrier_conformance) makes a test of each, over a carrier. Most
//! vectors come from the test suites of [W3C Trace Context level 2] and [W3C Baggage]. The others are what clients of
//! message queues were seen to write.
//!
//! [W3C Trace Context level 2]: https://github.com/w3c/trace-context/tree/main/test
//! [W3C Baggage]: https://github.com/w3c/baggage/tree/main/test

mod all;
mod baggage;
mod binary;
mod expected;
mod ids;
mod relay;
mod traceparent;
mod tracestate;
mod transport;
mod vector;
mod wrapped;

pub use all::all;
pub(crate) use binary::binary;
pub use expected::{Expected, ExpectedContext};
pub use ids::{OTHER_SPAN_ID, SPAN_ID, TRACE_ID};
pub use vector::Vector;
