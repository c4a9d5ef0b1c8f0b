//! JetStream: publishes that are acknowledged, and messages to be acknowledged.

mod batch;
mod context;
mod delivery;
mod message;
mod messages;
mod origin;
mod publish;
mod settle;

pub use batch::{TracedBatch, TracedSequence};
pub use context::TracedContext;
pub use message::{FromStream, TracedMessage};
pub use messages::TracedMessages;
pub use publish::{TracedPublishAck, TracedPublishAckFuture};
pub use settle::TracedAcker;
