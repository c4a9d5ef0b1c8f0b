//! Settling several messages with one call.

use std::collections::HashMap;
use std::sync::Arc;

use lapin::options::{BasicAckOptions, BasicNackOptions};
use lapin::{Acker, Error, Result};
use tracehop::{Failure, MessageSpan, Received};

use super::acker::TracedAcker;
use super::from_queue::FromQueue;
use super::queue_message::QueueMessage;
use crate::RabbitMq;
use crate::semconv::{
    TRACEHOP_ALREADY_SETTLED, TRACEHOP_BATCH_FAILED_COUNT, TRACEHOP_RABBITMQ_MULTIPLE,
    TRACEHOP_RABBITMQ_REQUEUE,
};
use crate::settle::not_settled;

/// Acknowledges all messages of `batch` that are not settled yet, and tells how many those were.
///
/// The deliveries of one consumer are acknowledged with one `basic.ack`: that of the last of them, with `multiple: true`. AMQP
/// has no other way to settle several at once, and it settles **every earlier delivery of the channel** that is not settled yet,
/// also those that are not in `batch`. Whoever settles one of those later makes the broker close the channel. So use this where the
/// consumer has a channel of its own, and its batches are settled one after another. Messages of `batch` may be settled by
/// themselves before, for example those that failed.
///
/// A single message is acknowledged by itself. So are messages of [`basic_get`](crate::TracedChannel::basic_get), and others that
/// came from no consumer: whether two of them belong to one channel is not known.
///
/// Afterwards the messages' own [`TracedAcker`]s are used: they send nothing, and [`usable`](TracedAcker::usable) is `false`. lapin's
/// acker behind them ([`inner`](TracedAcker::inner)) knows this only of the last message, and must not be used.
///
/// ```
/// # use tracehop_rabbitmq::{TracedDelivery, ack_all, process_batch};
/// # async fn store(orders: &[TracedDelivery]) -> Result<(), String> { Ok(()) }
/// async fn handle(orders: Vec<TracedDelivery>) -> lapin::Result<()> {
///     if process_batch(&orders, store(&orders)).await.is_ok() {
///         ack_all(&orders).await?;
///     }
///     Ok(())
/// }
/// ```
///
/// # Spans
///
/// `ack {queue}`, kind CLIENT, with a link to each message's creation context, as
/// [`ClientTracer::settle_batch`](tracehop::ClientTracer::settle_batch) makes it. `tracehop.rabbitmq.multiple` says that one frame
/// settled several messages. If the channel of some messages is gone, the broker delivers them again: `tracehop.batch.failed_count`
/// says how many those are, and the span fails with `not_settled` if there is no other message. If all were settled before, the span
/// has an event `tracehop.already_settled`.
///
/// # Errors
///
/// As for [`Acker::ack`]. An error with the messages of one consumer does not stop those of another; the first one is returned.
///
/// # Cancel safety
///
/// If the future is dropped before it is done, the span ends as `abandoned`. Messages of consumers whose acknowledgement was
/// begun are settled, the others are not, and may be settled by another call.
pub async fn ack_all<M: QueueMessage>(batch: &[Received<FromQueue<M>, RabbitMq>]) -> Result<usize> {
    settle_all(batch, Answer::Ack).await
}

/// Declines all messages of `batch` that are not settled yet, and tells how many those were. With `requeue` the broker puts them back
/// into their queue, else they go to its dead-letter exchange, or are discarded if it has none.
///
/// As [`ack_all`] it settles all earlier deliveries of the channel too, and has the same errors and cancel safety. The span is
/// `nack {queue}`.
///
/// # Errors
///
/// As for [`ack_all`].
pub async fn nack_all<M: QueueMessage>(
    batch: &[Received<FromQueue<M>, RabbitMq>],
    requeue: bool,
) -> Result<usize> {
    settle_all(batch, Answer::Nack { requeue }).await
}

/// What is told to the broker.
#[derive(Clone, Copy)]
enum Answer {
    Ack,
    Nack { requeue: bool },
}

impl Answer {
    fn name(self) -> &'static str {
        match self {
            Self::Ack => "ack",
            Self::Nack { .. } => "nack",
        }
    }

    async fn send(self, acker: &Acker, multiple: bool) -> Result<bool> {
        match self {
            Self::Ack => acker.ack(BasicAckOptions { multiple }).await,
            Self::Nack { requeue } => acker.nack(BasicNackOptions { multiple, requeue }).await,
        }
    }
}

async fn settle_all<M: QueueMessage>(
    batch: &[Received<FromQueue<M>, RabbitMq>],
    answer: Answer,
) -> Result<usize> {
    let Some(first) = batch.first() else { return Ok(0) };
    let open: Vec<_> = batch.iter().filter(|message| !message.acker.is_settled()).collect();
    let client = first.client_tracer();
    let mut span = match open.as_slice() {
        [] => client.settle_batch(answer.name(), batch),
        open => client.settle_batch(answer.name(), open.iter().copied()),
    };
    if matches!(answer, Answer::Nack { requeue: true }) {
        span.set_attribute(TRACEHOP_RABBITMQ_REQUEUE, true);
    }
    let frames = frames(open.iter().map(|message| &message.acker).filter(|acker| acker.usable()));
    if frames.iter().any(|frame| frame.len() > 1) {
        span.set_attribute(TRACEHOP_RABBITMQ_MULTIPLE, true);
    }
    let mut settled = 0;
    let mut error = None;
    for frame in frames {
        match send(&frame, answer).await {
            Ok(count) => settled += count,
            Err(failed) => drop(error.get_or_insert(failed)),
        }
    }
    let gone = open.iter().filter(|message| message.acker.poisoned()).count();
    finish(span, settled, gone, error.as_ref());
    error.map_or(Ok(settled), Err)
}

/// The messages that are settled with one frame each, in ascending order of their tags.
///
/// Messages of one consumer are on one channel. Two consumers may be on one channel too, and the broker closes it if a message is
/// settled that an earlier frame has settled. So single messages come first, and after them the frames with lower tags.
fn frames<'a, M: QueueMessage + 'a>(
    ackers: impl Iterator<Item = &'a TracedAcker<M>>,
) -> Vec<Vec<&'a TracedAcker<M>>> {
    let mut frames: HashMap<usize, Vec<&TracedAcker<M>>> = HashMap::new();
    for acker in ackers {
        frames.entry(Arc::as_ptr(&acker.origin).addr()).or_default().push(acker);
    }
    let mut frames: Vec<_> = frames.into_values().collect();
    for frame in &mut frames {
        frame.sort_by_key(|acker| acker.delivery_tag());
    }
    frames.sort_by_key(|frame| (frame.len() > 1, frame.last().map(|acker| acker.delivery_tag())));
    frames
}

/// Settles the messages of a frame, and tells how many.
async fn send<M: QueueMessage>(frame: &[&TracedAcker<M>], answer: Answer) -> Result<usize> {
    // Somebody else may be settling one of them.
    let claimed = frame.iter().filter(|acker| acker.claim.take() && acker.inner().usable());
    let claimed: Vec<_> = claimed.collect();
    let Some(last) = claimed.last() else { return Ok(0) };
    let is_sent = answer.send(last.inner(), claimed.len() > 1).await?;
    Ok(if is_sent { claimed.len() } else { 0 })
}

/// Ends the span. `gone` is how many messages' channels are gone.
fn finish(mut span: MessageSpan, settled: usize, gone: usize, error: Option<&Error>) {
    if let Some(error) = error {
        return span.fail(Failure::of(error));
    }
    if gone > 0 {
        span.set_attribute(TRACEHOP_BATCH_FAILED_COUNT, i64::try_from(gone).unwrap_or(i64::MAX));
    }
    match (settled, gone) {
        (0, 0) => span.add_event(TRACEHOP_ALREADY_SETTLED, Vec::new()),
        (0, _) => return span.fail(not_settled()),
        _ => {}
    }
    span.end();
}
