//! The traced `Context`.

use std::fmt::{self, Display};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, RequestError, traits};
use async_nats::jetstream::message::{OutboundMessage, PublishMessage};
use async_nats::{Client, HeaderMap, Request, ToSubject};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracehop::{Failure, IntoTraced, MessagingTracer, Received};

use super::TracedPublishAckFuture;
use crate::describe::message_id;
use crate::producer::{Forward, forwarded_message};
use crate::settings::settings;
use crate::system::{Nats, PUBLISH};
use crate::tracer::NatsTracer;

/// A JetStream [`Context`] whose messages carry context. Cheap to clone.
///
/// It has the context's own methods for publishing, and derefs to it for everything else: streams, consumers, stores
/// (which are not traced). It implements the context's own [`Publisher`](traits::Publisher) and the other traits of
/// JetStream. Results come back untouched.
///
/// ```no_run
/// use async_nats::jetstream::{self, message::PublishMessage};
/// use tracehop_nats::{IntoTraced, MessagingTracer};
///
/// # async fn f(client: async_nats::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let context = jetstream::new(client).traced(&MessagingTracer::global());
/// context.publish("orders.new", "{}".into()).await?.await?;
///
/// let order = PublishMessage::build().payload("{}".into()).message_id("ord_42");
/// let ack = context.send_publish("orders.new", order).await?.await?;
/// assert!(!ack.duplicate);
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `publish {subject}`, kind PRODUCER, child of the current span. It ends when the stream acknowledges the message; see
/// [`TracedPublishAckFuture`]. It then has the stream's name and, if the sender gave the message no identifier, its place in
/// the stream as identifier.
#[derive(Clone)]
pub struct TracedContext {
    pub(super) context: Context,
    pub(super) tracer: NatsTracer,
}

settings!(TracedContext, tracer);

impl TracedContext {
    /// The same context with patterns for the subjects it publishes to; see
    /// [`TracedClient::with_templates`](crate::TracedClient::with_templates).
    #[must_use]
    pub fn with_templates(mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.tracer.subjects.set_templates(patterns);
        self
    }

    /// The client's own context.
    pub fn inner(&self) -> &Context {
        &self.context
    }

    /// The client's own context back.
    pub fn into_inner(self) -> Context {
        self.context
    }

    /// [`Context::publish`].
    ///
    /// # Errors
    ///
    /// As for [`Context::publish`].
    pub async fn publish<S: ToSubject>(
        &self,
        subject: S,
        payload: Bytes,
    ) -> Result<TracedPublishAckFuture, PublishError> {
        self.send(OutboundMessage::new(subject.to_subject(), payload, None)).await
    }

    /// [`Context::publish_with_headers`].
    ///
    /// # Errors
    ///
    /// As for [`Context::publish_with_headers`].
    pub async fn publish_with_headers<S: ToSubject>(
        &self,
        subject: S,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<TracedPublishAckFuture, PublishError> {
        self.send(OutboundMessage::new(subject.to_subject(), payload, Some(headers))).await
    }

    /// [`Context::send_publish`]. What the message was built with stays as it is, for example its identifier.
    ///
    /// # Errors
    ///
    /// As for [`Context::send_publish`].
    pub async fn send_publish<S: ToSubject>(
        &self,
        subject: S,
        publish: PublishMessage,
    ) -> Result<TracedPublishAckFuture, PublishError> {
        self.send(publish.outbound_message(subject)).await
    }

    /// Sends a received message on to another subject, for another attempt or as a dead letter, and waits until a stream has
    /// it.
    ///
    /// ```no_run
    /// # use async_nats::jetstream::consumer::PullConsumer;
    /// # use futures::TryStreamExt;
    /// # use tracehop_nats::{IntoTraced, MessagingTracer, TracedContext};
    /// # async fn handle(payload: &[u8]) -> Result<(), String> { Ok(()) }
    /// # async fn f(context: TracedContext, consumer: PullConsumer) -> Result<(), async_nats::Error> {
    /// let mut orders = consumer.traced(&MessagingTracer::global()).messages().await?;
    /// while let Some(order) = orders.try_next().await? {
    ///     order
    ///         .process_or(handle(&order.payload), |error| context.forward(&order, "dead.orders", error))
    ///         .await?;
    ///     order.ack().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// What of the message is kept says [`TracedClient::forward`](crate::TracedClient::forward). JetStream counts how often it
    /// delivers a message, but a message that is sent on is another one: `tracehop-attempts` counts those.
    ///
    /// # Errors
    ///
    /// As for [`Context::publish_with_headers`], and for its answer. The message is to be acknowledged only if there is none.
    ///
    /// # Cancel safety
    ///
    /// As for [`TracedPublishAckFuture`].
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
        let forwarded = forwarded_message(message, subject.to_subject(), &reason, &self.tracer);
        let forwarded = OutboundMessage::new(forwarded.subject, forwarded.payload, forwarded.headers);
        message.forwarding(async move { self.send(forwarded).await?.await.map(drop) })
    }

    async fn send(&self, mut message: OutboundMessage) -> Result<TracedPublishAckFuture, PublishError> {
        let span = self.tracer.start(PUBLISH, &message.subject, &mut message.headers, message.payload.len());
        // With an identifier of the sender's, the place in the stream is not needed as one.
        let has_id = span.is_recording() && message_id(message.headers.as_ref()).is_some();
        match traits::Publisher::publish_message(&self.context, message).await {
            Ok(ack) => Ok(TracedPublishAckFuture::new(ack, span, has_id)),
            Err(error) => {
                span.fail(Failure::of(&error));
                Err(error)
            }
        }
    }
}

impl IntoTraced<Nats> for Context {
    type Traced = TracedContext;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedContext { tracer: NatsTracer::new(tracer, self.client()), context: self }
    }
}

impl IntoTraced<Nats> for Arc<Context> {
    type Traced = TracedContext;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        Self::unwrap_or_clone(self).traced(tracer)
    }
}

impl Deref for TracedContext {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

/// The trait's methods return the client's own future, so their spans end when the message is sent, with an event
/// `tracehop.unconfirmed`.
impl traits::Publisher for TracedContext {
    async fn publish<S: ToSubject>(
        &self,
        subject: S,
        payload: Bytes,
    ) -> Result<PublishAckFuture, PublishError> {
        Ok(self.publish(subject, payload).await?.into_inner())
    }

    async fn publish_message(&self, message: OutboundMessage) -> Result<PublishAckFuture, PublishError> {
        Ok(self.send(message).await?.into_inner())
    }
}

/// Requests to JetStream's API are no messages of the application, so they have no spans.
impl traits::Requester for TracedContext {
    fn request<S, T, V>(&self, subject: S, payload: &T) -> impl Future<Output = Result<V, RequestError>>
    where
        S: ToSubject,
        T: ?Sized + Serialize,
        V: DeserializeOwned,
    {
        self.context.request(subject, payload)
    }
}

/// Requests to JetStream's API are no messages of the application, so they have no spans.
impl traits::RequestSender for TracedContext {
    fn send_request<S: ToSubject>(
        &self,
        subject: S,
        request: Request,
    ) -> impl Future<Output = Result<(), async_nats::PublishError>> {
        traits::RequestSender::send_request(&self.context, subject, request)
    }
}

impl traits::ClientProvider for TracedContext {
    fn client(&self) -> Client {
        self.context.client()
    }
}

impl traits::TimeoutProvider for TracedContext {
    fn timeout(&self) -> Duration {
        traits::TimeoutProvider::timeout(&self.context)
    }
}

impl fmt::Debug for TracedContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedContext").field("operations", &self.tracer.operations).finish_non_exhaustive()
    }
}
