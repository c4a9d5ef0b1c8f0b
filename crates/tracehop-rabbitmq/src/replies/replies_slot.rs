//! The one consumer of replies that a channel may have.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use lapin::message::BasicReturnMessage;
use lapin::{Channel, Result};

use super::reply_consumer::ReplyConsumer;

/// The one consumer of replies that a channel may have: the broker closes the channel over a second one. All clones of a channel
/// share it.
#[derive(Default)]
pub(crate) struct RepliesSlot(Mutex<State>);

enum State {
    /// The consumer, if it is still in use.
    Known(Weak<ReplyConsumer>),
    /// Somebody starts it, and others wait for it.
    Starting(Vec<Waker>),
}

impl Default for State {
    fn default() -> Self {
        Self::Known(Weak::new())
    }
}

impl RepliesSlot {
    /// The channel's consumer of replies. It is started if there is none.
    pub(crate) async fn consumer(&self, channel: &Channel) -> Result<Arc<ReplyConsumer>> {
        let starting = match poll_fn(|task| self.poll_known(task)).await {
            Ok(consumer) => return Ok(consumer),
            Err(starting) => starting,
        };
        let consumer = Arc::new(ReplyConsumer::start(channel).await?);
        starting.done(&consumer);
        Ok(consumer)
    }

    fn poll_known(&self, task: &Context<'_>) -> Poll<std::result::Result<Arc<ReplyConsumer>, Starting<'_>>> {
        let mut state = self.lock();
        match &mut *state {
            State::Known(consumer) => {
                let known = consumer.upgrade();
                let (known, ended) = match known {
                    Some(known) if known.replies.has_ended() => (None, Some(known)),
                    known => (known, None),
                };
                if known.is_none() {
                    *state = State::Starting(Vec::new());
                }
                drop(state);
                // It may be the last one, whose end goes through lapin.
                drop(ended);
                Poll::Ready(known.ok_or_else(|| Starting { slot: self, consumer: Weak::new() }))
            }
            State::Starting(waiting) => {
                if !waiting.iter().any(|waker| waker.will_wake(task.waker())) {
                    waiting.push(task.waker().clone());
                }
                Poll::Pending
            }
        }
    }

    /// Fails the request that the broker returned, if it is one of this channel's.
    pub(crate) fn take_returned(&self, message: &BasicReturnMessage) -> bool {
        let consumer = match &*self.lock() {
            State::Known(consumer) => consumer.upgrade(),
            State::Starting(_) => None,
        };
        consumer.is_some_and(|consumer| consumer.replies.take_returned(message))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that panics leaves it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to start the consumer. When it is dropped, those who wait look again.
struct Starting<'a> {
    slot: &'a RepliesSlot,
    consumer: Weak<ReplyConsumer>,
}

impl Starting<'_> {
    fn done(mut self, consumer: &Arc<ReplyConsumer>) {
        self.consumer = Arc::downgrade(consumer);
    }
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        let consumer = std::mem::take(&mut self.consumer);
        let before = std::mem::replace(&mut *self.slot.lock(), State::Known(consumer));
        if let State::Starting(waiting) = before {
            waiting.into_iter().for_each(Waker::wake);
        }
    }
}
