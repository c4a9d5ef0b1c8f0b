//! JetStream: publishes that are acknowledged, and messages to be acknowledged.

mod ack_all;
mod ack_subject;
mod acker;
mod batch;
mod batches;
mod consumer;
mod context;
mod delivered;
mod from_stream;
mod messages;
mod origin;
mod publish_ack;
mod publish_all;
mod sequence;

pub use ack_all::ack_all;
pub use acker::TracedAcker;
pub use batch::TracedBatch;
pub use batches::TracedBatches;
pub use consumer::{TracedBatchBuilder, TracedConsumer, TracedFetchBuilder, TracedStreamBuilder};
pub use context::TracedContext;
pub use from_stream::{FromStream, TracedMessage};
pub use messages::TracedMessages;
pub use publish_ack::{TracedPublishAck, TracedPublishAckFuture};
pub use sequence::TracedSequence;
