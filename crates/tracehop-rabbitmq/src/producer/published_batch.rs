//! Messages that are published with one call, and the broker's answers to them.

use std::future::poll_fn;
use std::mem;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::SystemTime;

use futures_core::Stream;
use futures_util::stream::FuturesUnordered;
use lapin::message::BasicReturnMessage;
use lapin::types::ShortString;
use lapin::{BasicProperties, Channel, Confirmation, Result};
use opentelemetry::time;
use tracehop::{BatchSend, ClientTracer, Failure, Templates};

use super::answer::{self, ReturnReason};
use super::dropped_confirms::DroppedConfirms;
use super::outgoing_message::OutgoingMessage;
use super::publish::{hand_over, start_publish};
use super::traced_confirm::{TracedConfirm, Unanswered};
use crate::RabbitMq;
use crate::replies::{REPLY_QUEUE, is_request};

/// Messages that are published with one call.
///
/// If the broker answers several publishes at once, lapin hands a returned message to any one of their confirms. So the span of a
/// message that may be returned stays open until all answers have come: then each returned message is given to its own publish,
/// and the span ends as of its own answer.
///
/// If this is dropped, what is answered ends as far as it is known, and what is not is left to [`DroppedConfirms`].
pub(crate) struct PublishedBatch<'a> {
    /// There until it has ended.
    batch: Option<BatchSend<RabbitMq>>,
    dropped: Arc<DroppedConfirms>,
    unanswered: FuturesUnordered<AwaitedConfirm<'a>>,
    /// By the messages' places in the batch.
    answers: Vec<Option<Answered<'a>>>,
}

/// A publish whose answer is awaited.
struct AwaitedConfirm<'a> {
    place: usize,
    confirm: TracedConfirm,
    /// There if the broker may return the message.
    message: Option<Box<OutgoingMessage<'a>>>,
}

/// A message that the broker answered, or that was not handed to the connection.
struct Answered<'a> {
    answer: Result<Confirmation>,
    /// A returned message that is handed out with this answer.
    returned: Option<BasicReturnMessage>,
    held: Option<Held<'a>>,
}

/// A publish that is answered, and whose message may come back with the answer to another one.
struct Held<'a> {
    message: Box<OutgoingMessage<'a>>,
    /// There if the publish was waited for.
    unanswered: Option<Unanswered>,
    answered: SystemTime,
    is_returned: bool,
}

impl<'a> PublishedBatch<'a> {
    /// Starts the span of publishing these messages.
    pub(crate) fn new(
        client: &ClientTracer<RabbitMq>,
        templates: &Templates,
        dropped: &Arc<DroppedConfirms>,
        messages: &[OutgoingMessage<'a>],
    ) -> Self {
        let batch = client.send_batch(messages.iter().map(|message| message.view(templates)));
        let mut answers = Vec::new();
        answers.resize_with(messages.len(), || None);
        let unanswered = FuturesUnordered::new();
        Self { batch: Some(batch), dropped: Arc::clone(dropped), unanswered, answers }
    }

    /// Publishes the message at `place`. Meanwhile answers to others are taken.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, the span of this message ends as `abandoned`. The message may have been sent.
    pub(crate) async fn publish(
        &mut self,
        channel: &Channel,
        templates: &Templates,
        place: usize,
        mut message: OutgoingMessage<'a>,
    ) {
        let Some(batch) = &mut self.batch else { return };
        let (span, properties) = start_publish(
            channel,
            templates,
            (message.exchange.as_str(), message.routing_key.as_str()),
            &message.payload,
            mem::take(&mut message.properties),
            |message, headers| batch.add(message, headers),
        );
        message.properties = properties;
        let is_watched = batch.is_watched() || span.is_watched();
        let dropped = Arc::clone(&self.dropped);
        // Only what may come back is to be known again.
        let (handed, kept) = if message.may_return() && channel.status().confirm() {
            let handed = hand_over(channel, &dropped, span, is_watched, message.borrowed());
            (self.meanwhile(handed).await, Some(Box::new(message)))
        } else {
            (self.meanwhile(hand_over(channel, &dropped, span, is_watched, message)).await, None)
        };
        match handed {
            Ok(confirm) => self.unanswered.push(AwaitedConfirm { place, confirm, message: kept }),
            Err(error) => {
                self.failed(place, Failure::of(&error));
                self.set(place, Err(error), None);
            }
        }
    }

    /// The broker's answers, in the order of the messages.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped before it is done, the span of the call ends as `abandoned`. Those of messages end as described at
    /// [`PublishedBatch`].
    pub(crate) async fn answers(mut self) -> Vec<Result<Confirmation>> {
        poll_fn(|task| self.take_answers(task)).await;
        self.end_held();
        if let Some(batch) = self.batch.take() {
            batch.end();
        }
        mem::take(&mut self.answers).into_iter().flatten().map(|answered| answered.answer).collect()
    }

    /// Takes answers while `future` is awaited.
    async fn meanwhile<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|task| {
            // Whether there are more of them does not matter here.
            let _ = self.take_answers(task);
            future.as_mut().poll(task)
        })
        .await
    }

    /// Takes what is answered. It is ready when all is.
    fn take_answers(&mut self, task: &mut Context<'_>) -> Poll<()> {
        while let Some((place, answer, message, unanswered)) =
            ready!(Pin::new(&mut self.unanswered).poll_next(task))
        {
            self.take_answer(place, answer, message, unanswered);
        }
        Poll::Ready(())
    }

    fn take_answer(
        &mut self,
        place: usize,
        answer: Result<Confirmation>,
        message: Option<Box<OutgoingMessage<'a>>>,
        unanswered: Option<Unanswered>,
    ) {
        if let Some(message) = message
            && answer.is_ok()
        {
            let held = Held { message, unanswered, answered: time::now(), is_returned: false };
            return self.set(place, answer, Some(held));
        }
        if let Some(Unanswered { span, .. }) = unanswered {
            answer::end(span, &answer, None);
        }
        if let Some(failure) = answer::failure(&answer) {
            self.failed(place, failure);
        }
        self.set(place, answer, None);
    }

    fn failed(&mut self, place: usize, failure: Failure<'_>) {
        if let Some(batch) = &mut self.batch {
            batch.message_failed(place, failure);
        }
    }

    fn set(&mut self, place: usize, answer: Result<Confirmation>, held: Option<Held<'a>>) {
        if let Some(slot) = self.answers.get_mut(place) {
            *slot = Some(Answered { answer, returned: None, held });
        }
    }

    /// Ends the spans of what was held, and hands each returned message out with the answer to its own publish.
    fn end_held(&mut self) {
        self.place_returned();
        let Self { batch, dropped, answers, .. } = self;
        for (place, answered) in answers.iter_mut().enumerate() {
            let Some(Answered { answer, returned, held }) = answered else { continue };
            if let Some(Held {
                unanswered: Some(Unanswered { span, key, .. }), answered, is_returned, ..
            }) = held.take()
            {
                let reason = match returned {
                    Some(returned) if is_returned => Some(ReturnReason::of(returned)),
                    // lapin may have handed it to the confirm of a publish outside of this batch.
                    _ => key.and_then(|key| dropped.take_reason(&key)),
                };
                let failure =
                    || reason.as_ref().map(ReturnReason::failure).or_else(|| answer::failure(answer));
                if let (Some(batch), Some(failure)) = (&mut *batch, failure()) {
                    batch.message_failed(place, failure);
                }
                span.end_at(answered, failure());
            }
            if let Some(returned) = returned.take()
                && let Ok(Confirmation::Ack(place) | Confirmation::Nack(place)) = answer
            {
                *place = Some(returned);
            }
        }
    }

    /// Places each returned message at its own publish. One that belongs to none of these stays where lapin put it, or, if
    /// that place is taken, comes with another answer.
    fn place_returned(&mut self) {
        let Self { dropped, answers, .. } = self;
        let taken = |(place, answered): (usize, &mut Option<Answered<'_>>)| {
            Some((place, answered.as_mut()?.take_from_answer()?))
        };
        let returned: Vec<_> = answers.iter_mut().enumerate().filter_map(taken).collect();
        let mut others = Vec::new();
        for (place, message) in returned {
            let is_own =
                |slot: &&mut Option<Answered<'_>>| slot.as_ref().is_some_and(|it| it.is_answer_to(&message));
            // Most often it is in its place already.
            let own = match answers.get_mut(place).filter(is_own) {
                Some(_) => answers.get_mut(place),
                None => answers.iter_mut().find(is_own),
            };
            match own {
                Some(Some(Answered { returned, held: Some(held), .. })) => {
                    held.is_returned = true;
                    *returned = Some(message);
                }
                _ => others.push((place, message)),
            }
        }
        for (place, message) in others {
            dropped.look_at_returned(&message);
            let has_room = |slot: &&mut Option<Answered<'_>>| slot.as_ref().is_some_and(Answered::has_room);
            let there = match answers.get_mut(place).filter(has_room) {
                Some(_) => answers.get_mut(place),
                None => answers.iter_mut().find(has_room),
            };
            if let Some(Some(answered)) = there {
                answered.returned = Some(message);
            }
        }
    }
}

impl Answered<'_> {
    fn take_from_answer(&mut self) -> Option<BasicReturnMessage> {
        match &mut self.answer {
            Ok(Confirmation::Ack(message) | Confirmation::Nack(message)) => message.take(),
            _ => None,
        }
    }

    /// Whether the broker returned this message. Of several that are equal in everything it is each once.
    fn is_answer_to(&self, returned: &BasicReturnMessage) -> bool {
        self.held.as_ref().is_some_and(|Held { message, is_returned, .. }| {
            !is_returned
                && message.routing_key == returned.routing_key
                && message.exchange == returned.exchange
                && is_copy(&message.properties, returned)
                && *message.payload == *returned.data
        })
    }

    fn has_room(&self) -> bool {
        self.returned.is_none() && matches!(self.answer, Ok(Confirmation::Ack(_) | Confirmation::Nack(_)))
    }
}

/// Whether a returned message has the properties of the one that was sent. Where that asks for a direct reply, the broker has put
/// an address of its own.
fn is_copy(sent: &BasicProperties, returned: &BasicReturnMessage) -> bool {
    let asks = |queue: &ShortString| queue.as_str() == REPLY_QUEUE;
    if is_request(returned) && sent.reply_to().as_ref().is_some_and(asks) {
        returned.properties.clone().with_reply_to(REPLY_QUEUE.into()) == *sent
    } else {
        returned.properties == *sent
    }
}

impl<'a> Future for AwaitedConfirm<'a> {
    type Output = (usize, Result<Confirmation>, Option<Box<OutgoingMessage<'a>>>, Option<Unanswered>);

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let (answer, unanswered) = ready!(self.confirm.poll_answer(task));
        Poll::Ready((self.place, answer, self.message.take(), unanswered))
    }
}

impl Drop for PublishedBatch<'_> {
    fn drop(&mut self) {
        if self.batch.is_some() {
            // A returned message may have come with an answer that nobody has looked at.
            let _ = self.take_answers(&mut Context::from_waker(Waker::noop()));
            self.end_held();
        }
    }
}
