//! The requests that wait for their replies.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::{future, mem};

use lapin::ConsumerDelegate;
use lapin::message::{BasicReturnMessage, Delivery, DeliveryResult};
use lapin::types::ShortString;

use super::request_error::RequestError;

/// RabbitMQ's name for the replies to requests of the same channel. What a service gets in its place is an address that is
/// different for each channel, and begins with it.
pub(crate) const REPLY_QUEUE: &str = "amq.rabbitmq.reply-to";

type Answer = Result<Delivery, RequestError>;

/// The requests of one channel that wait for their replies, by their correlation ids. There is an entry as long as somebody
/// waits.
#[derive(Default)]
pub(crate) struct PendingReplies(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    waiting: HashMap<ShortString, Slot>,
    /// Why there will be no more replies.
    end: Option<RequestError>,
}

enum Slot {
    Waiting(Option<Waker>),
    Answered(Box<Answer>),
}

impl PendingReplies {
    /// Begins to wait for the reply with this correlation id.
    pub(crate) fn wait_for(self: &Arc<Self>, id: ShortString) -> Result<PendingReply, RequestError> {
        let mut inner = self.lock();
        if let Some(end) = &inner.end {
            return Err(end.clone());
        }
        match inner.waiting.entry(id.clone()) {
            Entry::Occupied(_) => Err(RequestError::DuplicateCorrelationId(id)),
            Entry::Vacant(entry) => {
                entry.insert(Slot::Waiting(None));
                Ok(PendingReply { id, replies: Arc::clone(self) })
            }
        }
    }

    /// Whether there will be no more replies.
    pub(crate) fn has_ended(&self) -> bool {
        self.lock().end.is_some()
    }

    /// Fails the request that the broker returned, if it is one of these.
    pub(crate) fn take_returned(&self, message: &BasicReturnMessage) -> bool {
        // Somebody else may have published with the same correlation id.
        let id = message.properties.correlation_id().as_ref().filter(|_| is_request(message));
        let Some(id) = id else { return false };
        self.answer(id, Err(RequestError::returned(message)))
    }

    /// Fails all requests that wait now: their replies are lost. Later ones may get theirs.
    pub(crate) fn fail(&self, error: &RequestError) {
        let wakers = fail_all(&mut self.lock(), error);
        wake(wakers);
    }

    /// Fails all requests, also later ones.
    fn end(&self, error: RequestError) {
        let mut inner = self.lock();
        let wakers = fail_all(&mut inner, &error);
        inner.end.get_or_insert(error);
        drop(inner);
        wake(wakers);
    }

    /// False if nobody waits for this answer: it is late, or somebody made up its correlation id.
    fn answer(&self, id: &ShortString, answer: Answer) -> bool {
        let mut inner = self.lock();
        let waiting = inner.waiting.get_mut(id).filter(|slot| matches!(slot, Slot::Waiting(_)));
        let Some(slot) = waiting else { return false };
        let before = mem::replace(slot, Slot::Answered(Box::new(answer)));
        drop(inner);
        wake(before.into_waker());
        true
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing that panics leaves it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a returned message asks for a direct reply. The broker puts its own address there.
pub(crate) fn is_request(message: &BasicReturnMessage) -> bool {
    message.properties.reply_to().as_ref().is_some_and(|to| to.as_str().starts_with(REPLY_QUEUE))
}

fn fail_all(inner: &mut Inner, error: &RequestError) -> Vec<Waker> {
    let waiting = inner.waiting.values_mut().filter(|slot| matches!(slot, Slot::Waiting(_)));
    let failed = waiting.map(|slot| mem::replace(slot, Slot::Answered(Box::new(Err(error.clone())))));
    failed.filter_map(Slot::into_waker).collect()
}

impl Slot {
    fn into_waker(self) -> Option<Waker> {
        match self {
            Self::Waiting(waker) => waker,
            Self::Answered(_) => None,
        }
    }
}

/// Nobody is woken while the lock is held.
fn wake(wakers: impl IntoIterator<Item = Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

/// A request that waits for its reply, until this is dropped.
pub(crate) struct PendingReply {
    id: ShortString,
    replies: Arc<PendingReplies>,
}

impl PendingReply {
    pub(crate) fn poll(&self, task: &mut Context<'_>) -> Poll<Answer> {
        let mut inner = self.replies.lock();
        match inner.waiting.get_mut(&self.id) {
            Some(Slot::Waiting(waker)) => {
                let is_known = waker.as_ref().is_some_and(|waker| waker.will_wake(task.waker()));
                let before = if is_known { None } else { waker.replace(task.waker().clone()) };
                // What drops with a waker is not ours.
                drop(inner);
                drop(before);
                Poll::Pending
            }
            _ => match inner.waiting.remove(&self.id) {
                Some(Slot::Answered(answer)) => Poll::Ready(*answer),
                // Polled after it was done.
                _ => Poll::Pending,
            },
        }
    }
}

impl Drop for PendingReply {
    fn drop(&mut self) {
        let removed = self.replies.lock().waiting.remove(&self.id);
        drop(removed);
    }
}

/// What lapin calls with replies, until it drops it.
pub(super) struct ReplyDelegate(pub(super) Arc<PendingReplies>);

impl ConsumerDelegate for ReplyDelegate {
    /// Does all at once: when the connection fails, lapin never polls what is returned here.
    fn on_new_delivery(&self, delivery: DeliveryResult) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        match delivery {
            Ok(Some(reply)) => {
                if let Some(id) = reply.properties.correlation_id().clone() {
                    self.0.answer(&id, Ok(reply));
                }
            }
            Ok(None) => self.0.end(RequestError::Closed),
            Err(error) => self.0.end(RequestError::Client(error)),
        }
        Box::pin(future::ready(()))
    }
}

impl Drop for ReplyDelegate {
    /// lapin tells nothing more of a consumer that this process cancels or whose channel it closes.
    fn drop(&mut self) {
        self.0.end(RequestError::Closed);
    }
}
