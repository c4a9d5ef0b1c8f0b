//! Sending: publishes and requests of core NATS.

mod forward;
mod publish;
mod request;

pub use forward::Forward;
#[cfg(any(feature = "jetstream", feature = "service"))]
pub(crate) use forward::forwarded;
#[cfg(feature = "jetstream")]
pub(crate) use forward::forwarded_message;
pub(crate) use forward::sealed;
