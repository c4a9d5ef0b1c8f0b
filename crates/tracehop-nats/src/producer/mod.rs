//! Sending: publishes and requests of core NATS.

mod forward;
mod publish;
mod publish_all;
mod publish_batch;
mod request;

pub use forward::Forward;
#[cfg(any(feature = "jetstream", feature = "service"))]
pub(crate) use forward::forwarded;
#[cfg(feature = "jetstream")]
pub(crate) use forward::forwarded_message;
pub(crate) use forward::sealed;
pub(crate) use publish_batch::PublishBatch;
