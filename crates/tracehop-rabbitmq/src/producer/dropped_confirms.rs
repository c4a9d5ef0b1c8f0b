//! The publishes of a channel whose confirms were dropped before the broker's answer came.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use lapin::message::BasicReturnMessage;
use lapin::types::ShortString;
use lapin::{BasicProperties, Confirmation, PublisherConfirm, Result};
use tracehop::{ClientTracer, MessageSpan};

use super::answer::{self, ReturnReason};
use super::kept_confirm::KeptConfirm;
use super::return_key::ReturnKey;
use crate::RabbitMq;
use crate::replies::{RepliesSlot, is_request};

/// How many publishes of either kind may wait. If there are more, the one that has waited longest ends without its answer.
const MOST: usize = 1024;

/// How long a wait that is over goes on for the answers that lapin is still handing out, which takes some microseconds.
const GRACE: Duration = Duration::from_millis(5);

/// How many returned messages are remembered until the publish is found that they are the answer to.
const MOST_REASONS: usize = 64;

/// The publishes of a channel whose [`TracedConfirm`](super::TracedConfirm)s were dropped before the broker's answer came. All
/// clones of a channel share them.
///
/// lapin hands the answers of dropped confirms to nobody. It only keeps the messages that the broker returned, for
/// `wait_for_confirms`. So the confirm of a message that cannot be returned is kept here, and is looked at when the channel is
/// used again. The confirm of a message that can be returned is left to lapin: the message must come out where lapin's users
/// expect it, also out of an untraced clone of the channel.
///
/// If the broker answers several publishes at once, lapin hands a returned message to any one of their confirms. So it is
/// found by its headers which publish it is the answer to.
pub(crate) struct DroppedConfirms {
    /// Reads the contexts of returned messages.
    client: ClientTracer<RabbitMq>,
    waiting: Mutex<Waiting>,
    /// Requests on the same channel: lapin may hand what is returned of them to anybody's confirm.
    pub(super) replies: RepliesSlot,
    /// How many confirms are kept here, to be looked at without the lock.
    kept: AtomicUsize,
}

#[derive(Default)]
struct Waiting {
    kept: VecDeque<Numbered<KeptConfirm>>,
    left: VecDeque<Numbered<LeftConfirm>>,
    /// The number of the next publish, of either kind.
    next: u64,
    /// Returned messages that lapin had handed to confirms that are kept here. They are for the next who waits.
    returned: Vec<BasicReturnMessage>,
    /// Why messages were returned whose publishes have not been found, the oldest first.
    reasons: VecDeque<(ReturnKey, ReturnReason)>,
}

struct Numbered<T> {
    number: u64,
    item: T,
}

/// The span of a publish whose confirm was left to lapin.
struct LeftConfirm {
    span: MessageSpan,
    key: Box<ReturnKey>,
}

impl DroppedConfirms {
    pub(crate) fn new(client: ClientTracer<RabbitMq>) -> Arc<Self> {
        Arc::new(Self {
            client,
            waiting: Mutex::default(),
            replies: RepliesSlot::default(),
            kept: AtomicUsize::new(0),
        })
    }

    /// What tells a message that is about to be published from all others.
    pub(crate) fn key(
        &self,
        exchange: &ShortString,
        routing_key: &ShortString,
        properties: &BasicProperties,
    ) -> ReturnKey {
        ReturnKey::of_published(exchange, routing_key, properties, &self.client)
    }

    /// Adds a publish. It has a key if the broker may return its message.
    pub(super) fn add(&self, span: MessageSpan, confirm: PublisherConfirm, key: Option<Box<ReturnKey>>) {
        match key {
            _ if !span.is_watched() => span.end(),
            Some(key) => {
                drop(confirm);
                if let Some(reason) = self.take_reason(&key) {
                    return reason.end(span);
                }
                let oldest = self.locked(|waiting| waiting.leave(LeftConfirm { span, key }));
                if let Some(oldest) = oldest {
                    answer::end_unanswered(oldest.span);
                }
            }
            None => {
                let oldest = self.locked(|waiting| waiting.keep(KeptConfirm::new(span, confirm)));
                oldest.into_iter().for_each(KeptConfirm::end);
                self.end_answered();
            }
        }
    }

    /// Ends the span of a publish whose answer was awaited.
    pub(super) fn end_awaited(
        &self,
        span: MessageSpan,
        answer: &Result<Confirmation>,
        key: Option<Box<ReturnKey>>,
    ) {
        if let Ok(Confirmation::Ack(Some(message)) | Confirmation::Nack(Some(message))) = answer {
            let returned = ReturnKey::of_returned(message, &self.client);
            if key.as_deref() == Some(&returned) {
                return ReturnReason::of(message).end(span);
            }
            self.end_returned(returned, message);
        }
        let reason = key.and_then(|key| self.take_reason(&key));
        match reason {
            Some(reason) => reason.end(span),
            None => answer::end(span, answer, None),
        }
    }

    /// Why the message of this key was returned, if it came with the answer to another publish.
    pub(super) fn take_reason(&self, key: &ReturnKey) -> Option<ReturnReason> {
        self.locked(|waiting| waiting.take_reason(key))
    }

    /// Takes a message that the broker returned, and lapin handed to another publish. It stays there.
    pub(super) fn look_at_returned(&self, message: &BasicReturnMessage) {
        self.end_returned(ReturnKey::of_returned(message, &self.client), message);
    }

    /// Takes a message that the broker returned, and lapin handed to the confirm of a request. If it is that of a publish, it is
    /// for the next who waits; a request for which nobody waits any more is nobody's.
    pub(super) fn take_returned(&self, message: BasicReturnMessage) {
        self.look_at_returned(&message);
        if !is_request(&message) {
            self.locked(|waiting| waiting.returned.push(message));
        }
    }

    /// Fails the request that the broker returned, or ends the span of the publish, or remembers the reason for the one who
    /// awaits the answer.
    fn end_returned(&self, key: ReturnKey, message: &BasicReturnMessage) {
        if self.replies.take_returned(message) {
            return;
        }
        let reason = ReturnReason::of(message);
        let found = self.locked(|waiting| {
            let Some(left) = waiting.take_left_of(&key) else {
                waiting.remember(key, reason);
                return None;
            };
            Some((left, reason))
        });
        if let Some((left, reason)) = found {
            reason.end(left.span);
        }
    }

    /// Ends the spans whose answers have come. It costs one look if no confirm is kept.
    pub(crate) fn end_answered(&self) {
        if self.kept.load(Ordering::Relaxed) > 0 {
            let answered = self.locked(Waiting::take_first_answered);
            answered.into_iter().for_each(KeptConfirm::end);
        }
    }

    /// Calls lapin's `wait_for_confirms`, and ends the spans whose answers it waits for. Returned messages that lapin had handed
    /// to confirms that are kept here are added to its result.
    pub(crate) async fn end_after(
        &self,
        wait: impl Future<Output = Result<Vec<BasicReturnMessage>>>,
    ) -> Result<Vec<BasicReturnMessage>> {
        let until = self.locked(|waiting| waiting.next);
        let result = wait.await;
        self.end_kept(until).await;
        match result {
            Ok(mut returned) => {
                returned.extend(self.locked(|waiting| std::mem::take(&mut waiting.returned)));
                for message in &returned {
                    self.look_at_returned(message);
                }
                // They were not returned. Whether the broker took them lapin does not tell.
                let others = self.locked(|waiting| waiting.take_left(until));
                for left in others {
                    answer::end_unanswered(left.span);
                }
                Ok(returned)
            }
            Err(error) => {
                let others = self.locked(|waiting| waiting.take_left(until));
                for left in others {
                    answer::fail(left.span, &error);
                }
                Err(error)
            }
        }
    }

    /// Ends the spans of kept confirms whose answers have come. If one answer settles several publishes, lapin may tell the one
    /// who waits before all of them have got it.
    async fn end_kept(&self, until: u64) {
        let mut deadline = None;
        loop {
            let answered = self.locked(Waiting::take_answered);
            answered.into_iter().for_each(KeptConfirm::end);
            let is_done = self.locked(|waiting| waiting.kept.front().is_none_or(|kept| kept.number >= until));
            let now = Instant::now();
            if is_done || now >= *deadline.get_or_insert(now + GRACE) {
                return;
            }
            let mut has_yielded = false;
            poll_fn(|task| {
                if has_yielded {
                    return Poll::Ready(());
                }
                has_yielded = true;
                task.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
    }

    /// No span ends while the lock is held, because whoever watches it may use the channel.
    fn locked<T>(&self, f: impl FnOnce(&mut Waiting) -> T) -> T {
        // Nothing that panics leaves it half changed.
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let result = f(&mut waiting);
        self.kept.store(waiting.kept.len(), Ordering::Relaxed);
        result
    }
}

impl Waiting {
    /// If there are too many, the one that has waited longest comes out.
    fn keep(&mut self, confirm: KeptConfirm) -> Option<KeptConfirm> {
        let number = self.take_number();
        push(&mut self.kept, Numbered { number, item: confirm }, MOST).map(|oldest| oldest.item)
    }

    /// If there are too many, the one that has waited longest comes out.
    fn leave(&mut self, confirm: LeftConfirm) -> Option<LeftConfirm> {
        let number = self.take_number();
        push(&mut self.left, Numbered { number, item: confirm }, MOST).map(|oldest| oldest.item)
    }

    fn take_number(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        number
    }

    /// The first kept confirms, as far as they are answered: a broker answers nearly in order, and to look at all of them with
    /// each message would take too long.
    fn take_first_answered(&mut self) -> Vec<KeptConfirm> {
        let mut answered = Vec::new();
        while let Some(first) = self.kept.front_mut()
            && first.item.is_answered()
        {
            self.returned.extend(first.item.take_returned());
            answered.extend(self.kept.pop_front().map(|kept| kept.item));
        }
        answered
    }

    /// All kept confirms that are answered.
    fn take_answered(&mut self) -> Vec<KeptConfirm> {
        let Self { kept, returned, .. } = self;
        let answered = take_if(kept, |_, confirm| confirm.is_answered());
        answered
            .into_iter()
            .map(|mut confirm| {
                returned.extend(confirm.take_returned());
                confirm
            })
            .collect()
    }

    /// The publishes before `until` whose confirms were left to lapin.
    fn take_left(&mut self, until: u64) -> Vec<LeftConfirm> {
        take_if(&mut self.left, |number, _| number < until)
    }

    /// The publish of this key whose confirm was left to lapin.
    fn take_left_of(&mut self, key: &ReturnKey) -> Option<LeftConfirm> {
        let place = self.left.iter().position(|left| *left.item.key == *key)?;
        self.left.remove(place).map(|left| left.item)
    }

    fn remember(&mut self, key: ReturnKey, reason: ReturnReason) {
        // Messages without a context cannot be told from one another.
        if key.has_context() {
            push(&mut self.reasons, (key, reason), MOST_REASONS);
        }
    }

    /// Why the message of this key was returned, if it was.
    fn take_reason(&mut self, key: &ReturnKey) -> Option<ReturnReason> {
        let place = self.reasons.iter().position(|(known, _)| known == key)?;
        self.reasons.remove(place).map(|(_, reason)| reason)
    }
}

/// The oldest comes out if there are too many.
fn push<T>(list: &mut VecDeque<T>, item: T, most: usize) -> Option<T> {
    list.push_back(item);
    if list.len() > most { list.pop_front() } else { None }
}

fn take_if<T>(list: &mut VecDeque<Numbered<T>>, mut is_meant: impl FnMut(u64, &mut T) -> bool) -> Vec<T> {
    let mut taken = Vec::new();
    for mut entry in std::mem::take(list) {
        if is_meant(entry.number, &mut entry.item) {
            taken.push(entry.item);
        } else {
            list.push_back(entry);
        }
    }
    taken
}

impl Drop for DroppedConfirms {
    /// Nobody will use the channel again.
    fn drop(&mut self) {
        for mut kept in self.locked(|waiting| std::mem::take(&mut waiting.kept)) {
            kept.item.is_answered();
            kept.item.end();
        }
        for left in self.locked(|waiting| std::mem::take(&mut waiting.left)) {
            answer::end_unanswered(left.item.span);
        }
    }
}

impl fmt::Debug for DroppedConfirms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DroppedConfirms").field("kept", &self.kept).finish_non_exhaustive()
    }
}
