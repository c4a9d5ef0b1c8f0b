//! Getting messages, and settling them.

mod acker;
mod batches;
mod claim;
mod from_queue;
mod queue_message;
mod queue_origin;
mod settle_all;
mod traced_consumer;
mod traced_delegate;

pub use acker::TracedAcker;
pub use from_queue::{FromQueue, TracedBasicGetMessage, TracedDelivery};
pub use queue_message::QueueMessage;
pub use settle_all::{ack_all, nack_all};
pub use traced_consumer::TracedConsumer;
