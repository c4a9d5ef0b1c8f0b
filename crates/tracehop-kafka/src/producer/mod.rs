//! Traced producers. Each span ends with the broker's answer.

mod base;
mod context;
mod delegate;
mod delivery;
mod future;
mod in_flight;

pub use base::{TracedBaseProducer, TracedThreadedProducer};
pub use context::{TracedOpaque, TracedProducerContext};
pub use delivery::TracedDeliveryFuture;
pub use future::TracedFutureProducer;
