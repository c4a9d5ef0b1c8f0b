//! The broker's answer to a publish, which ends the span.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lapin::message::BasicReturnMessage;
use lapin::{Confirmation, PublisherConfirm, Result};
use tracehop::{Failure, MessageSpan, UnansweredSpan};

use crate::system::return_type;

/// lapin's [`PublisherConfirm`], with the span of the publish.
///
/// The span ends when this future is done. It is an error if the broker did not take the message (`nack`), and also if
/// the broker returned the message as unroutable (`no-route`), although the broker confirms that one too. The
/// [`Confirmation`] comes back unchanged.
///
/// # Cancel safety
///
/// Dropped before it is done, it leaves the answer to [`Channel::wait_for_confirms`](lapin::Channel::wait_for_confirms),
/// as lapin's own does. The span then ends with an event `tracehop.unconfirmed`, because lapin tells nobody else of the
/// answer.
#[must_use = "the confirmation is lost if nobody waits for it"]
pub struct TracedConfirm {
    span: UnansweredSpan,
    confirm: PublisherConfirm,
}

impl TracedConfirm {
    /// `confirms` says whether the broker will answer. If it will not, the span ends here.
    pub(crate) fn new(confirm: PublisherConfirm, mut span: MessageSpan, confirms: bool) -> Self {
        if !confirms {
            span.end();
            span = MessageSpan::noop();
        }
        Self { span: UnansweredSpan::new(span), confirm }
    }
}

impl Future for TracedConfirm {
    type Output = Result<Confirmation>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(Pin::new(&mut self.confirm).poll(task));
        finish(self.span.answered(), &result);
        Poll::Ready(result)
    }
}

fn finish(span: MessageSpan, result: &Result<Confirmation>) {
    match result {
        Ok(Confirmation::Ack(Some(returned))) => {
            span.fail(Failure::new(return_type(returned), &ReturnReason(returned)));
        }
        Ok(Confirmation::Nack(_)) => span.fail(Failure::new("nack", &"the broker did not take the message")),
        Ok(Confirmation::Ack(None) | Confirmation::NotRequested) => span.end(),
        Err(_) => span.finish(result),
    }
}

/// Why the broker returned a message, in words.
struct ReturnReason<'a>(&'a BasicReturnMessage);

impl fmt::Display for ReturnReason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BasicReturnMessage { reply_code, reply_text, .. } = self.0;
        write!(f, "the broker returned the message: {reply_code} {reply_text}")
    }
}

impl fmt::Debug for TracedConfirm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedConfirm").field("span", &self.span).finish_non_exhaustive()
    }
}
