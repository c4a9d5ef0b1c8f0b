//! Getting messages, and settling them.

mod acker;
mod from_queue;
mod queue_message;
mod queue_origin;
mod traced_consumer;
mod traced_delegate;

pub use acker::TracedAcker;
pub use from_queue::{FromQueue, TracedBasicGetMessage, TracedDelivery};
pub use queue_message::QueueMessage;
pub use traced_consumer::TracedConsumer;
