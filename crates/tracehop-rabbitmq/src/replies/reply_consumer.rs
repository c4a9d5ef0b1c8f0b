//! The consumer of a channel that gets the replies.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use lapin::message::BasicReturnMessage;
use lapin::options::{BasicCancelOptions, BasicConsumeOptions, ConfirmSelectOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Confirmation, PublisherConfirm, Result};

use super::pending_replies::{PendingReplies, REPLY_QUEUE, ReplyDelegate};

/// How many round trips a request makes after the connection was lost, before it is sent.
///
/// lapin's automatic recovery says that a channel is back before the channel has its consumers back, and the broker closes a
/// channel over a request without a consumer of replies. lapin makes a round trip for each thing that it declares again on the
/// channel, and then consumes. A channel of the requester's own has two such things at most, both of `basic_qos`.
const ROUND_TRIPS: usize = 8;

/// The consumer of a channel that gets the replies, until this is dropped. lapin's own tasks bring them.
pub(crate) struct ReplyConsumer {
    channel: Channel,
    tag: ShortString,
    pub(crate) replies: Arc<PendingReplies>,
    random: u64,
    /// The number of the next request.
    next: AtomicU64,
    /// Confirms of requests that are over. lapin would keep a confirm that is dropped before it is answered until somebody calls
    /// `wait_for_confirms`.
    unanswered: Mutex<Vec<PublisherConfirm>>,
    /// How often a request failed because of the channel or its connection, and how many of those were waited out.
    failed: AtomicU64,
    waited_out: AtomicU64,
}

impl ReplyConsumer {
    /// Starts to consume. If it is dropped meanwhile, the consumer is cancelled.
    pub(super) async fn start(channel: &Channel) -> Result<Self> {
        // Without confirms nobody is told of a request that no queue takes.
        if !channel.status().confirm() {
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
        }
        let random = RandomState::new().build_hasher().finish();
        let this = Self {
            channel: channel.clone(),
            tag: format!("tracehop-{random:016x}").into(),
            replies: Arc::default(),
            random,
            next: AtomicU64::new(1),
            unanswered: Mutex::default(),
            failed: AtomicU64::new(0),
            waited_out: AtomicU64::new(0),
        };
        let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        let consumed =
            channel.basic_consume(REPLY_QUEUE.into(), this.tag.clone(), options, FieldTable::default());
        consumed.await?.set_delegate(ReplyDelegate(Arc::clone(&this.replies)));
        Ok(this)
    }

    /// A correlation id that no other request has: 16 hexadecimal digits of this consumer, and a number.
    pub(crate) fn new_id(&self) -> ShortString {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-{number}", self.random).into()
    }

    /// A request has failed, perhaps because the connection was lost, which lapin may recover.
    pub(crate) fn has_failed(&self) {
        self.failed.fetch_add(1, Ordering::Release);
    }

    /// Waits until replies are consumed again, if the connection may have been recovered since the last request.
    pub(crate) async fn recovered(&self) -> Result<()> {
        let failed = self.failed.load(Ordering::Acquire);
        if failed > self.waited_out.load(Ordering::Acquire) {
            for _ in 0..ROUND_TRIPS {
                // It changes nothing, because confirms are on.
                self.channel.confirm_select(ConfirmSelectOptions::default()).await?;
            }
            self.waited_out.fetch_max(failed, Ordering::AcqRel);
        }
        Ok(())
    }

    /// Adds the confirm of a request that is over.
    pub(crate) fn keep(&self, confirm: PublisherConfirm) {
        self.unanswered(|kept| kept.push(confirm));
    }

    /// Lets go of confirms that were answered meanwhile. lapin hands a returned message to whichever confirm is answered next:
    /// those that came with them come out.
    pub(crate) fn take_answered(&self) -> Vec<BasicReturnMessage> {
        let mut unanswered = self.unanswered(std::mem::take);
        let mut returned = Vec::new();
        unanswered.retain_mut(|confirm| {
            match Pin::new(confirm).poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(answer) => {
                    returned.extend(answer.ok().and_then(Confirmation::take_message));
                    false
                }
                Poll::Pending => true,
            }
        });
        if !unanswered.is_empty() {
            self.unanswered(|kept| kept.append(&mut unanswered));
        }
        returned
    }

    fn unanswered<T>(&self, f: impl FnOnce(&mut Vec<PublisherConfirm>) -> T) -> T {
        // Nothing that panics leaves it half changed.
        f(&mut self.unanswered.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for ReplyConsumer {
    /// lapin does not cancel a consumer that has a delegate when it is dropped, and keeps the channel open for it. The first poll
    /// hands the request to cancel to the connection; nobody has to wait for the answer.
    fn drop(&mut self) {
        let mut cancel = pin!(self.channel.basic_cancel(self.tag.clone(), BasicCancelOptions::default()));
        let _ = cancel.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
}

impl fmt::Debug for ReplyConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyConsumer").field("tag", &self.tag).finish_non_exhaustive()
    }
}
