//! The broker's answer to a publish, which ends the span.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use lapin::{Confirmation, PublisherConfirm, Result};
use tracehop::MessageSpan;

use super::dropped_confirms::DroppedConfirms;
use super::return_key::ReturnKey;

/// lapin's [`PublisherConfirm`], with the span of the publish.
///
/// The span ends when this future is done. It is an error if the broker did not take the message (`nack`), and also if
/// the broker returned the message as unroutable (`no-route`), although the broker confirms that one too. The
/// [`Confirmation`] comes back unchanged.
///
/// # Cancel safety
///
/// If it is dropped before it is done, the span stays open until the answer is known:
/// [`TracedChannel::wait_for_confirms`](crate::TracedChannel::wait_for_confirms) says how.
#[must_use = "the confirmation is lost if nobody waits for it"]
pub struct TracedConfirm {
    /// There until this is dropped.
    confirm: Option<PublisherConfirm>,
    /// There until the answer was given.
    unanswered: Option<Unanswered>,
}

/// A publish whose answer is awaited.
pub(crate) struct Unanswered {
    pub(crate) span: MessageSpan,
    /// There if the broker may return the message. It is boxed because it is rare.
    pub(crate) key: Option<Box<ReturnKey>>,
    /// Takes the publish if nobody awaits the answer any more.
    pub(crate) dropped: Arc<DroppedConfirms>,
}

impl TracedConfirm {
    /// `unanswered` is there if the broker will answer.
    pub(crate) fn new(confirm: PublisherConfirm, unanswered: Option<Unanswered>) -> Self {
        Self { confirm: Some(confirm), unanswered }
    }

    /// The answer, and the publish whose span it ends.
    pub(super) fn poll_answer(
        &mut self,
        task: &mut Context<'_>,
    ) -> Poll<(Result<Confirmation>, Option<Unanswered>)> {
        let Some(confirm) = &mut self.confirm else { return Poll::Pending };
        let answer = ready!(Pin::new(confirm).poll(task));
        Poll::Ready((answer, self.unanswered.take()))
    }
}

impl Future for TracedConfirm {
    type Output = Result<Confirmation>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let (answer, unanswered) = ready!(self.poll_answer(task));
        if let Some(Unanswered { span, key, dropped }) = unanswered {
            dropped.end_awaited(span, &answer, key);
        }
        Poll::Ready(answer)
    }
}

impl Drop for TracedConfirm {
    fn drop(&mut self) {
        if let (Some(confirm), Some(Unanswered { span, key, dropped })) =
            (self.confirm.take(), self.unanswered.take())
        {
            dropped.add(span, confirm, key);
        }
    }
}

impl fmt::Debug for TracedConfirm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let span = self.unanswered.as_ref().map(|unanswered| &unanswered.span);
        f.debug_struct("TracedConfirm").field("span", &span).finish_non_exhaustive()
    }
}
