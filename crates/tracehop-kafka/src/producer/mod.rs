//! Traced producers. Each span ends with the broker's answer.

mod base_producer;
mod delegate;
mod delivery_future;
mod forward;
mod future_producer;
mod in_flight;
mod joining;
mod producer_context;
mod send_all;
mod shared_producer;
mod traceable_producer;
mod transactions;
mod watched_delivery;

pub use base_producer::{TracedBaseProducer, TracedThreadedProducer};
pub use delivery_future::TracedDeliveryFuture;
pub use future_producer::TracedFutureProducer;
pub use producer_context::{TracedOpaque, TracedProducerContext};
pub use traceable_producer::TraceableProducer;
