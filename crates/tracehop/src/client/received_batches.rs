//! Messages of a stream, several at a time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use futures_core::stream::{FusedStream, Stream};
use opentelemetry::time;
use pin_project_lite::pin_project;

use super::received::Received;
use crate::message::{Inbound, MessagingSystem};

/// After so many messages that were there at once the timer is looked at.
const LOOKS_AT_TIMER: usize = 64;

pin_project! {
    /// A client's messages, several at a time: a stream of batches, each of one message at least. What adapters' `batches` return.
    ///
    /// A batch is full when it has the most messages that were asked for, or when its first message has waited as long as was asked
    /// for. If that is no time at all, a batch is what is there at once. The wait for the first message has no end.
    ///
    /// An error of the client comes after the messages that were got before it, in its place among the batches. The stream goes on
    /// afterwards if the client's does.
    ///
    /// # Spans
    ///
    /// `{receive} {destination}`, kind CLIENT, for each batch, from its first message to its last, with a link to each message's
    /// creation context, as [`ClientTracer::receive_batch`](crate::ClientTracer::receive_batch) makes it. Waiting for the first
    /// message is in no span.
    ///
    /// # Cancel safety
    ///
    /// `next` is cancel-safe: messages that were got stay in here until their batch is handed out. If this is dropped, they go with
    /// it, and tracehop settles none of them. A client that settles what it hands out, as rdkafka with
    /// `enable.auto.offset.store` and lapin with `no_ack`, has settled them by then.
    #[must_use = "streams do nothing unless polled"]
    pub struct ReceivedBatches<St, M, S, E, F, T> {
        #[pin]
        stream: St,
        most: usize,
        within: Duration,
        sleep: F,
        // How long the first message still waits.
        #[pin]
        timer: Option<T>,
        since: Option<SystemTime>,
        batch: Vec<Received<M, S>>,
        // It comes after the batch.
        error: Option<E>,
        is_over: bool,
    }
}

impl<St, M, S, E, F, T> ReceivedBatches<St, M, S, E, F, T>
where
    St: Stream<Item = Result<Received<M, S>, E>>,
    M: Inbound<S>,
    S: MessagingSystem,
    F: FnMut(Duration) -> T,
    T: Future,
{
    /// Batches of `most` messages at most (of 1, if that is 0), which wait for one another as long as `within`. `sleep` makes the
    /// timer of each batch: for example `tokio::time::sleep`.
    ///
    /// ```
    /// # use tracehop::{Carrier, Describe, Destination, Inbound, MemoryHeaders, MessageInfo, MessagingSystem};
    /// # use tracehop::MessagingTracer;
    /// # enum Mail {}
    /// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    /// # struct Letter(MemoryHeaders);
    /// # impl Inbound<Mail> for Letter {
    /// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
    /// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
    /// # }
    /// use std::time::Duration;
    ///
    /// use futures::{StreamExt, TryStreamExt, stream};
    /// use tracehop::{ReceivedBatches, process_batch};
    ///
    /// # async fn store(letters: usize) -> Result<(), String> { Ok(()) }
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    /// # runtime.block_on(async {
    /// let letters = stream::iter([(); 5]).map(|()| Ok::<_, String>(Letter(MemoryHeaders::new())));
    /// let letters = MessagingTracer::global().stream::<Mail, _, _, _>(letters);
    /// let batches = ReceivedBatches::new(letters, 3, Duration::from_millis(50), tokio::time::sleep);
    /// let mut batches = std::pin::pin!(batches);
    /// let mut sizes = Vec::new();
    /// while let Some(batch) = batches.try_next().await? {
    ///     process_batch(&batch, store(batch.len())).await?;
    ///     sizes.push(batch.len());
    /// }
    /// assert_eq!(sizes, [3, 2]);
    /// # Ok::<(), String>(())
    /// # }).map_err(std::io::Error::other)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(stream: St, most: usize, within: Duration, sleep: F) -> Self {
        Self {
            stream,
            most: most.max(1),
            within,
            sleep,
            timer: None,
            since: None,
            batch: Vec::new(),
            error: None,
            is_over: false,
        }
    }
}

impl<St, M, S, E, F, T> Stream for ReceivedBatches<St, M, S, E, F, T>
where
    St: Stream<Item = Result<Received<M, S>, E>>,
    M: Inbound<S>,
    S: MessagingSystem,
    F: FnMut(Duration) -> T,
    T: Future,
{
    type Item = Result<Vec<Received<M, S>>, E>;

    fn poll_next(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        if let Some(error) = this.error.take() {
            return Poll::Ready(Some(Err(error)));
        }
        while !*this.is_over && this.batch.len() < *this.most {
            match this.stream.as_mut().poll_next(task) {
                Poll::Ready(Some(Ok(received))) => {
                    if this.batch.is_empty() {
                        *this.since = Some(time::now());
                        let waits = !this.within.is_zero() && *this.most > 1;
                        this.timer.set(waits.then(|| (this.sleep)(*this.within)));
                    }
                    this.batch.push(received);
                    // A stream that always has more would keep the timer from being looked at.
                    if this.batch.len().is_multiple_of(LOOKS_AT_TIMER)
                        && this.timer.as_mut().as_pin_mut().is_some_and(|timer| timer.poll(task).is_ready())
                    {
                        break;
                    }
                }
                Poll::Ready(Some(Err(error))) if this.batch.is_empty() => {
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(Some(Err(error))) => {
                    *this.error = Some(error);
                    break;
                }
                Poll::Ready(None) => *this.is_over = true,
                Poll::Pending if this.batch.is_empty() => return Poll::Pending,
                Poll::Pending => {
                    let timer = this.timer.as_mut().as_pin_mut();
                    if timer.is_some_and(|timer| timer.poll(task).is_pending()) {
                        return Poll::Pending;
                    }
                    break;
                }
            }
        }
        this.timer.set(None);
        Poll::Ready(hand_out(std::mem::take(this.batch), this.since.take()))
    }
}

/// A batch with its span. None is the end.
fn hand_out<M, S, E>(
    batch: Vec<Received<M, S>>,
    since: Option<SystemTime>,
) -> Option<Result<Vec<Received<M, S>>, E>>
where
    M: Inbound<S>,
    S: MessagingSystem,
{
    let first = batch.first()?;
    let mut receive = first.client_tracer().receive_batch(since.unwrap_or_else(time::now));
    for received in &batch {
        receive.add(received);
    }
    drop(receive);
    Some(Ok(batch))
}

impl<St, M, S, E, F, T> FusedStream for ReceivedBatches<St, M, S, E, F, T>
where
    St: Stream<Item = Result<Received<M, S>, E>>,
    M: Inbound<S>,
    S: MessagingSystem,
    F: FnMut(Duration) -> T,
    T: Future,
{
    fn is_terminated(&self) -> bool {
        self.is_over && self.batch.is_empty() && self.error.is_none()
    }
}

impl<St, M, S, E, F, T> fmt::Debug for ReceivedBatches<St, M, S, E, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedBatches")
            .field("most", &self.most)
            .field("within", &self.within)
            .field("waiting", &self.batch.len())
            .finish_non_exhaustive()
    }
}
