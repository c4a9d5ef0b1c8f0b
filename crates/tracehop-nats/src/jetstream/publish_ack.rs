//! The answer to a publish, and the span that waits for it.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_nats::jetstream::context::{PublishAckFuture, PublishError};
use async_nats::jetstream::publish::PublishAck;
use tracehop::{AttributeValue, MessageSpan, UnansweredSpan, semconv};

use crate::semconv::{TRACEHOP_NATS_DUPLICATE, TRACEHOP_NATS_STREAM};

/// The client's [`PublishAckFuture`], with the span of the publish. Await it for the stream's answer.
///
/// # Cancel safety
///
/// The message is on its way. If this, or the future it is awaited with, is dropped, the span ends without an error and with
/// an event `tracehop.unconfirmed`, because nobody will know of the answer.
#[must_use = "without the answer nobody knows whether the message is stored"]
pub struct TracedPublishAckFuture {
    ack: PublishAckFuture,
    pending: PendingAck,
}

impl TracedPublishAckFuture {
    pub(super) fn new(ack: PublishAckFuture, span: MessageSpan, has_id: bool) -> Self {
        Self { ack, pending: PendingAck { span: UnansweredSpan::new(span), has_id } }
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
}

impl PendingAck {
    fn answered(&mut self, result: &Result<PublishAck, PublishError>) {
        let mut span = self.span.answered();
        if let Ok(ack) = result
            && span.is_recording()
        {
            span.set_attribute(TRACEHOP_NATS_STREAM, AttributeValue::Name(&ack.stream));
            if !self.has_id {
                let id = format!("{}:{}", ack.stream, ack.sequence);
                span.set_attribute(semconv::MESSAGING_MESSAGE_ID, AttributeValue::Str(&id));
            }
            if ack.duplicate {
                span.set_attribute(TRACEHOP_NATS_DUPLICATE, AttributeValue::Bool(true));
            }
        }
        span.finish(result);
    }
}
