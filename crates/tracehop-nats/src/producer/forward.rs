//! Sending a received message on: to another attempt, or to dead letters.

use std::fmt::Display;

use async_nats::message::OutboundMessage;
use async_nats::{HeaderMap, PublishError, Subject, ToSubject};
use bytes::Bytes;
use tracehop::{Inbound, Received};

use crate::carrier::apply;
use crate::client::TracedClient;
use crate::system::Nats;
use crate::tracer::NatsTracer;

/// Headers with this prefix tell the server what to do with the one publish that they came with: to drop a duplicate, to
/// expect a certain sequence, to empty a stream.
const INSTRUCTIONS: &str = "Nats-";

/// A received message that can be sent on, in whatever form the client gives it.
pub trait Forward: Inbound<Nats> + sealed::Sealed {
    /// Its headers and its payload.
    #[doc(hidden)]
    fn content(&self) -> (Option<&HeaderMap>, &Bytes);
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Says where a type of messages has its headers and its payload.
macro_rules! forwarded {
    ($message:ty, |$this:ident| $content:expr) => {
        impl crate::producer::sealed::Sealed for $message {}

        impl crate::producer::Forward for $message {
            fn content(&self) -> (Option<&async_nats::HeaderMap>, &bytes::Bytes) {
                let $this = self;
                $content
            }
        }
    };
}

#[cfg(any(feature = "jetstream", feature = "service"))]
pub(crate) use forwarded;

forwarded!(async_nats::Message, |message| (message.headers.as_ref(), &message.payload));
forwarded!(crate::consumer::FromSubject<async_nats::Message>, |message| {
    (message.headers.as_ref(), &message.payload)
});

impl TracedClient {
    /// Sends a received message on to another subject: for another attempt, or as a dead letter.
    ///
    /// ```no_run
    /// # use futures::StreamExt;
    /// # use tracehop_nats::TracedClient;
    /// # async fn handle(payload: &[u8]) -> Result<(), String> { Ok(()) }
    /// # async fn f(client: TracedClient) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut orders = client.queue_subscribe("orders.*", "billing".into()).await?;
    /// while let Some(order) = orders.next().await {
    ///     order
    ///         .process_or(handle(&order.payload), |error| client.forward(&order, "dead.orders", error))
    ///         .await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Payload and headers are kept, but for
    ///
    /// - the context, which is replaced by that of the new message. Its span is below the span in which the message was
    ///   processed, also if that has ended.
    /// - `tracehop-attempts` and `tracehop-reason`, which say how often the message was handled and why it was sent on; see
    ///   [`Received::forward_headers`]. If the server has no room for them the message goes without.
    /// - headers that begin with `Nats-`, because they are about the publish that they came with: a stream would take a message
    ///   with the same `Nats-Msg-Id` for a duplicate, and drop it.
    /// - the subject for replies.
    ///
    /// So the headers do not grow, however often a message is sent on.
    ///
    /// # Errors
    ///
    /// As for [`Client::publish_with_headers`](async_nats::Client::publish_with_headers).
    ///
    /// # Cancel safety
    ///
    /// As for [`publish`](Self::publish).
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as for `publish`, and so that a closure can give its error away"
    )]
    pub fn forward<'a, M, S, R>(
        &'a self,
        message: &'a Received<M, Nats>,
        subject: S,
        reason: R,
    ) -> impl Future<Output = Result<(), PublishError>> + use<'a, M, S, R>
    where
        M: Forward,
        S: ToSubject,
        R: Display,
    {
        let message_to_send = forwarded_message(message, subject.to_subject(), &reason, &self.tracer);
        message.forwarding(self.send(message_to_send))
    }
}

/// A copy of a message, for another subject.
pub(crate) fn forwarded_message<M: Forward>(
    message: &Received<M, Nats>,
    subject: Subject,
    reason: &impl Display,
    tracer: &NatsTracer,
) -> OutboundMessage {
    let (headers, payload) = message.message().content();
    let mut headers = headers.map(without_instructions).filter(|headers| !headers.is_empty());
    // The message goes in any case.
    let _ = apply(&mut headers, &message.forward_headers(reason), tracer.room(payload.len()));
    OutboundMessage { subject, reply: None, payload: payload.clone(), headers }
}

fn without_instructions(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for (name, values) in headers.iter().filter(|(name, _)| !is_instruction(AsRef::<str>::as_ref(*name))) {
        for value in values {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

fn is_instruction(name: &str) -> bool {
    name.get(..INSTRUCTIONS.len()).is_some_and(|prefix| prefix.eq_ignore_ascii_case(INSTRUCTIONS))
}
