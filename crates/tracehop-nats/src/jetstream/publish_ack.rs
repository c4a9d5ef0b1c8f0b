//! The answer to a publish, and the span that waits for it.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_nats::jetstream::context::{PublishAckFuture, PublishError};
use async_nats::jetstream::publish::PublishAck;
use tracehop::{AttributeValue, MessageSpan, UnansweredSpan, semconv};

use super::ack_subject::with_place;
use crate::semconv::{TRACEHOP_NATS_DUPLICATE, TRACEHOP_NATS_STREAM};

/// The client's [`PublishAckFuture`], with the span of the publish. Await it for the stream's answer.
///
/// # Cancel safety
///
/// The message is on its way, and whoever drops this will not know of the answer.
///
/// - If this is dropped before anybody waited, the span ends without an error and with an event `tracehop.unconfirmed`.
/// - If it is dropped while somebody waits, for example by a `timeout` around it, the span has that event too, and ends as
///   failed with `error.type` `abandoned`: the answer was wanted, and did not come in time.
/// - If the answer does not come within the context's own timeout, the client's error says so: `timed_out`.
#[must_use = "without the answer nobody knows whether the message is stored"]
pub struct TracedPublishAckFuture {
    ack: PublishAckFuture,
    pending: PendingAck,
}

impl TracedPublishAckFuture {
    pub(super) fn new(ack: PublishAckFuture, span: MessageSpan, has_id: bool) -> Self {
        Self { ack, pending: PendingAck { span: UnansweredSpan::new(span), has_id, is_awaited: false } }
    }

    /// The client's own future back. The span ends, as if this was dropped.
    pub fn into_inner(self) -> PublishAckFuture {
        self.ack
    }
}

impl IntoFuture for TracedPublishAckFuture {
    type Output = Result<PublishAck, PublishError>;
    type IntoFuture = TracedPublishAck;

    fn into_future(self) -> TracedPublishAck {
        TracedPublishAck { ack: self.ack.into_future(), pending: self.pending }
    }
}

impl fmt::Debug for TracedPublishAckFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedPublishAckFuture").field("pending", &self.pending).finish_non_exhaustive()
    }
}

/// The future that a [`TracedPublishAckFuture`] is awaited with.
#[must_use = "futures do nothing unless polled"]
pub struct TracedPublishAck {
    ack: <PublishAckFuture as IntoFuture>::IntoFuture,
    pending: PendingAck,
}

impl Future for TracedPublishAck {
    type Output = Result<PublishAck, PublishError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        self.pending.is_awaited = true;
        let result = ready!(self.ack.as_mut().poll(task));
        self.pending.answered(&result);
        Poll::Ready(result)
    }
}

impl fmt::Debug for TracedPublishAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedPublishAck").field("pending", &self.pending).finish_non_exhaustive()
    }
}

/// The span of a publish until the stream answers.
#[derive(Debug)]
struct PendingAck {
    span: UnansweredSpan,
    /// Whether the sender gave the message an identifier, if the span records.
    has_id: bool,
    /// Whether somebody waits for the answer.
    is_awaited: bool,
}

impl PendingAck {
    fn answered(&mut self, result: &Result<PublishAck, PublishError>) {
        self.is_awaited = false;
        let mut span = self.span.answered();
        if let Ok(ack) = result
            && span.is_recording()
        {
            // Whoever listens on the subject may answer, and name any stream.
            span.set_attribute(TRACEHOP_NATS_STREAM, AttributeValue::Str(&ack.stream));
            if !self.has_id {
                with_place(&ack.stream, ack.sequence, |id| {
                    span.set_attribute(semconv::MESSAGING_MESSAGE_ID, AttributeValue::Str(id));
                });
            }
            if ack.duplicate {
                span.set_attribute(TRACEHOP_NATS_DUPLICATE, AttributeValue::Bool(true));
            }
        }
        span.finish(result);
    }
}

impl Drop for PendingAck {
    fn drop(&mut self) {
        if self.is_awaited {
            let mut span = self.span.answered();
            span.add_event(semconv::TRACEHOP_UNCONFIRMED, Vec::new());
            // What is dropped before it was ended is abandoned.
            drop(span);
        }
    }
}
