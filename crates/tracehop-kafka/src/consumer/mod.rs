//! Traced consumers. Getting a message reads its context; processing it makes the span.

mod base_consumer;
mod batches;
mod committing;
mod delegate;
mod message_stream;
mod partition_queue;
mod stream_consumer;
mod traced_message;

pub use base_consumer::{TracedBaseConsumer, TracedIter};
pub use batches::{TracedBatchIter, TracedBatches};
pub use message_stream::TracedMessageStream;
pub use partition_queue::{TracedPartitionQueue, TracedStreamPartitionQueue};
pub use stream_consumer::TracedStreamConsumer;
pub use traced_message::{TracedMessage, TracedOwnedMessage};
