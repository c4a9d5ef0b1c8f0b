//! Publishing: the span ends with the broker's answer, if one was asked for.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lapin::message::BasicReturnMessage;
use lapin::{BasicProperties, Channel, Confirmation, PublisherConfirm, Result};
use tracehop::{ClientTracer, Failure, MessageSpan};

use crate::carrier::Outgoing;
use crate::system::return_type;
use crate::{RabbitMq, describe};

/// Starts the span of publishing a message, and puts its context into the properties.
pub(crate) fn start(
    client: &ClientTracer<RabbitMq>,
    channel: &Channel,
    (exchange, routing_key): (&str, &str),
    payload: &[u8],
    properties: BasicProperties,
) -> (MessageSpan, BasicProperties) {
    let info = describe::sent(exchange, routing_key, payload.len(), &properties);
    let mut headers = Outgoing::new(&properties, channel);
    let span = client.send(&info, &mut headers);
    match headers.into_written() {
        Some(headers) => (span, properties.with_headers(headers)),
        None => (span, properties),
    }
}

/// lapin's [`PublisherConfirm`], with the span of the publish.
///
/// The span ends when this is done. That the broker did not take the message (`nack`) is an error, and so is a message
/// that it returned as unroutable (`no-route`), although it confirms that one too. The [`Confirmation`] comes back
/// unchanged.
///
/// # Cancel safety
///
/// Dropped before it is done, it leaves the answer to [`Channel::wait_for_confirms`], as lapin's own does. The span
/// ends then, with an event `tracehop.unconfirmed`, for lapin tells nobody else of the answer.
#[must_use = "the confirmation is lost if nobody waits for it"]
pub struct TracedConfirm {
    confirm: PublisherConfirm,
    // Taken when the span ends.
    span: Option<MessageSpan>,
}

impl TracedConfirm {
    pub(crate) fn new(confirm: PublisherConfirm, span: MessageSpan, confirms: bool) -> Self {
        if confirms {
            return Self { confirm, span: Some(span) };
        }
        // There will be no answer.
        span.end();
        Self { confirm, span: None }
    }
}

impl Future for TracedConfirm {
    type Output = Result<Confirmation>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(Pin::new(&mut self.confirm).poll(task));
        if let Some(span) = self.span.take() {
            conclude(span, &result);
        }
        Poll::Ready(result)
    }
}

fn conclude(span: MessageSpan, result: &Result<Confirmation>) {
    match result {
        Ok(Confirmation::Ack(Some(returned))) => {
            span.fail(Failure::new(return_type(returned), &Returned(returned)));
        }
        Ok(Confirmation::Nack(_)) => span.fail(Failure::new("nack", &"the broker did not take the message")),
        Ok(Confirmation::Ack(None) | Confirmation::NotRequested) => span.end(),
        Err(_) => span.finish(result),
    }
}

/// What a returned message means, in words.
struct Returned<'a>(&'a BasicReturnMessage);

impl fmt::Display for Returned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BasicReturnMessage { reply_code, reply_text, .. } = self.0;
        write!(f, "the broker returned the message: {reply_code} {reply_text}")
    }
}

impl Drop for TracedConfirm {
    fn drop(&mut self) {
        if let Some(mut span) = self.span.take() {
            span.add_event("tracehop.unconfirmed", Vec::new());
            span.end();
        }
    }
}

impl fmt::Debug for TracedConfirm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedConfirm").field("span", &self.span).finish_non_exhaustive()
    }
}
