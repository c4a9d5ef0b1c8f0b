//! Acknowledging several messages with one call.

use async_nats::Error;
use tracehop::MessageSpan;

use super::TracedMessage;

/// Acknowledges all messages of a batch, in their order, with one span for all of them. No messages do nothing.
///
/// Each message is acknowledged by itself, so no message is lost whatever the consumer's `AckPolicy` is, and also if the batch has
/// messages of several consumers. The exception is a consumer of which a [`TracedConsumer`](crate::TracedConsumer) knows that it
/// has `AckPolicy::All`: its acknowledgements are of all messages before them too, so only the last of those that follow one another
/// is acknowledged.
///
/// With `AckPolicy::All` the server takes every message that was delivered earlier for handled as well, whether or not it is in
/// this batch: handle batches in the order in which they came, and do not acknowledge one after a batch that failed. With
/// `AckPolicy::Explicit`, the client's default, only the messages of this batch are settled.
///
/// It returns when the acknowledgements are in the client's queue, as [`ack`](crate::FromStream::ack) does: a message whose
/// acknowledgement is lost comes again. To know that the server has them, await [`double_ack`](crate::FromStream::double_ack) of
/// each.
///
/// ```no_run
/// use std::time::Duration;
///
/// use async_nats::jetstream::consumer::PullConsumer;
/// use futures::TryStreamExt;
/// use tracehop_nats::{IntoTraced, MessagingTracer, ack_all, process_batch};
///
/// # async fn store(orders: usize) -> Result<(), async_nats::Error> { Ok(()) }
/// # async fn f(consumer: PullConsumer) -> Result<(), async_nats::Error> {
/// let consumer = consumer.traced(&MessagingTracer::global());
/// let batch = consumer.batch().max_messages(100).expires(Duration::from_secs(5)).messages().await?;
/// let orders: Vec<_> = batch.try_collect().await?;
/// process_batch(&orders, store(orders.len())).await?;
/// ack_all(&orders).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `ack {subject}`, kind CLIENT, with a link to each message's creation context: below the span in which all of them were processed,
/// if that was one. The rest says [`ClientTracer::settle_batch`](tracehop::ClientTracer::settle_batch). Messages of ordered consumers
/// are not settled, so they are not in it.
///
/// # Errors
///
/// The first of the client's own, as for [`Message::ack`](async_nats::jetstream::Message::ack). The other messages are acknowledged
/// all the same. What was not comes again.
///
/// # Cancel safety
///
/// If the future is dropped while it waits for a place in the client's queue, the acknowledgements before that one are sent, and
/// the other messages come again. The span ends as `abandoned`.
pub async fn ack_all(batch: &[TracedMessage]) -> Result<(), Error> {
    start(batch).finish_after(acknowledge(batch)).await
}

fn start(batch: &[TracedMessage]) -> MessageSpan {
    let mut tracers = batch.iter().filter_map(|message| message.message().settlements());
    let Some(tracer) = tracers.next() else { return MessageSpan::noop() };
    let settled = batch.iter().filter(|message| message.message().settlements().is_some());
    tracer.settle_batch("ack", settled)
}

async fn acknowledge(batch: &[TracedMessage]) -> Result<(), Error> {
    let mut result = Ok(());
    let mut messages = batch.iter().peekable();
    while let Some(message) = messages.next() {
        if messages.peek().is_some_and(|next| is_covered(message, next)) {
            continue;
        }
        let acknowledged = message.message().inner().ack().await;
        result = result.and(acknowledged);
    }
    result
}

/// Whether the acknowledgement of `later` is one of `earlier` too.
fn is_covered(earlier: &TracedMessage, later: &TracedMessage) -> bool {
    let (earlier, later) = (earlier.message(), later.message());
    if !later.acks_all_before() {
        return false;
    }
    let (Ok(earlier), Ok(later)) = (earlier.info(), later.info()) else { return false };
    (earlier.domain, earlier.acc_hash, earlier.stream, earlier.consumer)
        == (later.domain, later.acc_hash, later.stream, later.consumer)
        // The server looks at both: a message that was delivered once more has a later place among the deliveries.
        && earlier.stream_sequence < later.stream_sequence
        && earlier.consumer_sequence < later.consumer_sequence
}
