//! NATS JetStream: the stream delivers again after a delay; a stream for dead letters and the parking lot.

mod broker;
mod nats;
mod payments;
mod support;

pub(crate) use nats::Nats;
#[cfg(test)]
pub(crate) use payments::DELIVERIES_AGAIN;
