//! The answer to a publish, and the span that waits for it.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_nats::jetstream::context::{PublishAckFuture, PublishError};
use async_nats::jetstream::publish::PublishAck;
use tracehop::{AttributeValue, MessageSpan, semconv};

use crate::semconv::{TRACEHOP_NATS_DUPLICATE, TRACEHOP_NATS_STREAM};

/// The client's [`PublishAckFuture`], with the span of the publish. Await it for the stream's answer.
///
/// # Cancel safety
///
/// The message is on its way. Dropping this, or what it is awaited with, ends the span without an error and with an event
/// `tracehop.unconfirmed`: nobody will know of the answer.
#[must_use = "without the answer nobody knows whether the message is stored"]
pub struct TracedPublishAckFuture {
    ack: PublishAckFuture,
    in_flight: InFlight,
}

impl TracedPublishAckFuture {
    pub(super) fn new(ack: PublishAckFuture, span: Option<MessageSpan>, has_id: bool) -> Self {
        Self { ack, in_flight: InFlight { span, has_id } }
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
        TracedPublishAck { ack: self.ack.into_future(), in_flight: self.in_flight }
    }
}

impl fmt::Debug for TracedPublishAckFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedPublishAckFuture").field("in_flight", &self.in_flight).finish_non_exhaustive()
    }
}

/// The future that a [`TracedPublishAckFuture`] is awaited with.
#[must_use = "futures do nothing unless polled"]
pub struct TracedPublishAck {
    ack: <PublishAckFuture as IntoFuture>::IntoFuture,
    in_flight: InFlight,
}

impl Future for TracedPublishAck {
    type Output = Result<PublishAck, PublishError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(self.ack.as_mut().poll(task));
        self.in_flight.answered(&result);
        Poll::Ready(result)
    }
}

impl fmt::Debug for TracedPublishAck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedPublishAck").field("in_flight", &self.in_flight).finish_non_exhaustive()
    }
}

/// The span of a message between its publish and the stream's answer.
#[derive(Debug)]
struct InFlight {
    span: Option<MessageSpan>,
    /// Whether the sender gave the message an identifier.
    has_id: bool,
}

impl InFlight {
    fn answered(&mut self, result: &Result<PublishAck, PublishError>) {
        let Some(mut span) = self.span.take() else { return };
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

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(mut span) = self.span.take() {
            span.add_event("tracehop.unconfirmed", Vec::new());
            span.end();
        }
    }
}
