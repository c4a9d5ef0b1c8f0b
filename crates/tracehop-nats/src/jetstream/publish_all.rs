//! Several publishes to streams with one call.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use async_nats::jetstream;
use async_nats::jetstream::context::{PublishError, PublishErrorKind, traits};
use async_nats::jetstream::message::OutboundMessage;
use async_nats::jetstream::publish::PublishAck;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tracehop::Failure;

use super::context::TracedContext;
use super::publish_ack::{TracedPublishAck, TracedPublishAckFuture};
use crate::describe::message_id;
use crate::producer::PublishBatch;

/// How many messages of one call wait for their answers at most: enough to keep a connection busy, and less than a context or a
/// stream allows by itself, so that several calls have room.
const MOST_IN_FLIGHT: usize = 1_000;

impl TracedContext {
    /// Publishes several messages, one after the other, and waits until streams have answered all of them. It returns what
    /// became of each, in their order. The client has no such method of its own.
    ///
    /// Up to 1,000 messages wait for their answers at once; and fewer, if the context allows fewer (`max_ack_inflight`): then the
    /// next message waits for the answer to another one of this call, whether or not the context has back pressure. So there may
    /// be any number of messages.
    ///
    /// A message that is refused, by the client or by a stream, fails alone: those after it are published all the same. If the
    /// client is gone, each of the rest fails with an error of its own. No messages do nothing.
    ///
    /// ```no_run
    /// use async_nats::jetstream::message::PublishMessage;
    /// use tracehop_nats::TracedContext;
    ///
    /// # async fn f(context: TracedContext) -> Result<(), async_nats::Error> {
    /// let orders = ["ord_1", "ord_2", "ord_3"].map(|id| {
    ///     PublishMessage::build().payload("{}".into()).message_id(id).outbound_message("orders.new")
    /// });
    /// for ack in context.publish_all(orders).await {
    ///     println!("stored in place {}", ack?.sequence);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Spans
    ///
    /// `publish {subject}`, kind CLIENT, for the call, and below it `create {subject}`, kind PRODUCER, for each message, whose
    /// context it carries. Each of those ends with the stream's answer, and shows of it what the span of a single
    /// [`publish`](Self::publish) does. What else there is to say of them says [`BatchSend`](tracehop::BatchSend).
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, those messages that wait for an answer are on their way, and the rest is not sent. The spans of
    /// messages end as for single publishes whose answer was awaited: `abandoned`, with an event `tracehop.unconfirmed` if the
    /// message was sent. The span of the call ends as `abandoned`; messages that were not reached have no spans.
    pub async fn publish_all(
        &self,
        messages: impl IntoIterator<Item = OutboundMessage>,
    ) -> Vec<Result<PublishAck, PublishError>> {
        let messages: Vec<_> = messages.into_iter().collect();
        let subjects = messages.iter().map(|message| message.subject.as_str());
        let mut publishes = Publishes {
            context: &self.context,
            batch: PublishBatch::start(&self.tracer, subjects),
            in_flight: FuturesUnordered::new(),
            results: messages.iter().map(|_| None).collect(),
        };
        for (place, message) in messages.into_iter().enumerate() {
            while publishes.in_flight.len() >= MOST_IN_FLIGHT {
                publishes.next_answer().await;
            }
            publishes.publish(place, message).await;
        }
        while publishes.next_answer().await {}
        publishes.batch.end();
        // Each message has its result now.
        publishes.results.into_iter().flatten().collect()
    }
}

/// The publishes of one call.
struct Publishes<'a> {
    context: &'a jetstream::Context,
    batch: PublishBatch<'a>,
    in_flight: FuturesUnordered<InFlight>,
    results: Vec<Option<Result<PublishAck, PublishError>>>,
}

impl Publishes<'_> {
    /// Publishes the message in this place. Its answer is not waited for.
    async fn publish(&mut self, place: usize, mut message: OutboundMessage) {
        let OutboundMessage { subject, headers, payload } = &mut message;
        let span = self.batch.add(place, subject, headers, payload.len());
        let has_id = span.is_recording() && message_id(message.headers.as_ref()).is_some();
        loop {
            // A context without back pressure refuses what it has no room for, and does not give it back. What takes the room may
            // be of this call.
            let spare = (!self.in_flight.is_empty()).then(|| copy(&message));
            match (self.send(message).await, spare) {
                (Ok(ack), _) => {
                    let ack = TracedPublishAckFuture::new(ack, span, has_id).into_future();
                    return self.in_flight.push(InFlight { place, ack });
                }
                (Err(error), Some(spare)) if error.kind() == PublishErrorKind::MaxAckPending => {
                    self.next_answer().await;
                    message = spare;
                }
                (Err(error), _) => {
                    span.fail(Failure::of(&error));
                    return self.done(place, Err(error));
                }
            }
        }
    }

    /// Gives a message to the client, and takes answers that come in the meantime: if the context has back pressure, and all
    /// room is taken by messages of this call, these answers make room.
    async fn send(
        &mut self,
        message: OutboundMessage,
    ) -> Result<jetstream::context::PublishAckFuture, PublishError> {
        let mut sending = pin!(traits::Publisher::publish_message(self.context, message));
        poll_fn(|task| {
            while let Poll::Ready(Some((place, result))) = self.in_flight.poll_next_unpin(task) {
                self.done(place, result);
            }
            sending.as_mut().poll(task)
        })
        .await
    }

    /// Waits for the next answer. `false` if there is none to wait for.
    async fn next_answer(&mut self) -> bool {
        let Some((place, result)) = self.in_flight.next().await else { return false };
        self.done(place, result);
        true
    }

    fn done(&mut self, place: usize, result: Result<PublishAck, PublishError>) {
        self.batch.done(place, &result);
        if let Some(slot) = self.results.get_mut(place) {
            *slot = Some(result);
        }
    }
}

fn copy(message: &OutboundMessage) -> OutboundMessage {
    OutboundMessage::new(message.subject.clone(), message.payload.clone(), message.headers.clone())
}

/// A message that waits for its answer.
struct InFlight {
    place: usize,
    ack: TracedPublishAck,
}

impl Future for InFlight {
    type Output = (usize, Result<PublishAck, PublishError>);

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(Pin::new(&mut self.ack).poll(task));
        Poll::Ready((self.place, result))
    }
}
