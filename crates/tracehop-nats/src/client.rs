//! The traced `Client`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_nats::client::{DrainError, FlushError, ReconnectError, traits};
use async_nats::connection::State;
use async_nats::message::OutboundMessage;
use async_nats::{
    Client, ConnectError, ConnectOptions, Message, PublishError, Request, RequestError, ServerInfo,
    Statistics, ToServerAddrs, ToSubject,
};
use bytes::Bytes;
use tracehop::{IntoTraced, MessageSpan, MessagingTracer};

use crate::server::Server;
use crate::settings::settings;
use crate::system::{Nats, PUBLISH};
use crate::tracer::NatsTracer;

/// A [`Client`] whose messages carry context. Cheap to clone.
///
/// It has the client's own methods, and implements its [`Publisher`](traits::Publisher), [`Requester`](traits::Requester)
/// and [`TimeoutProvider`](traits::TimeoutProvider). Results come back untouched.
///
/// It does not deref to the client: a function that takes an `&async_nats::Client` would send without spans and without
/// contexts. What has to have the client itself says so: [`inner`](Self::inner).
///
/// ```compile_fail,E0308
/// # use tracehop_nats::{IntoTraced, MessagingTracer};
/// async fn notify(client: &async_nats::Client) {}
///
/// # async fn f(client: async_nats::Client) {
/// let client = client.traced(&MessagingTracer::global());
/// notify(&client).await; // expected `&Client`, found `&TracedClient`
/// # }
/// ```
///
/// ```no_run
/// use tracehop_nats::{IntoTraced, MessagingTracer};
///
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// let client = async_nats::connect("localhost").await?.traced(&MessagingTracer::global());
/// let price = client.request("prices.get", "ord_42".into()).await?;
/// println!("{} bytes from span {}", price.payload.len(), price.creation().span_id());
/// client.flush().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Spans
///
/// `publish {subject}`, kind PRODUCER, child of the current span. It ends when the message is in the client's queue, because
/// core NATS has no answer to wait for. `request {subject}`, kind PRODUCER, lasts until the reply, and links to the span of
/// the reply. `process {subject}`, kind CONSUMER, is made for each message that is processed.
///
/// A subject that looks as if each order or customer had one, for example `orders.42.created`, is no part of a name:
/// [`with_templates`](Self::with_templates) says what stands for it. Nor is the subject of a reply (`_INBOX.…`, or the
/// client's own prefix). Messages to subjects of the server itself, mostly `$JS.…`, get neither span nor header: an
/// acknowledgement that is sent by hand stays as it is.
///
/// Spans have the address of the server that the client is connected to: the one that the server names, else the one that the
/// client was given. The client is asked for it in a task of its own, so the very first spans may be without it, unless the
/// client was made by [`connect`](Self::connect). They have no `messaging.client.id`, because the server gives a client another one each time it connects: see
/// [`with_facts`](Self::with_facts).
///
/// # JetStream and services
///
/// JetStream's context is made with the client's own client: `jetstream::new(client.inner().clone()).traced(&tracer)`.
/// Services are made with this client, like the client's own: `client.service_builder()`. Messages that stores (key-value,
/// objects) send are not traced.
#[derive(Clone)]
pub struct TracedClient {
    pub(crate) tracer: NatsTracer,
}

settings!(TracedClient, tracer);

impl TracedClient {
    /// [`async_nats::connect`], and `.traced(&tracer)`: with the address of the server on the first span too.
    ///
    /// ```no_run
    /// use tracehop_nats::{MessagingTracer, TracedClient};
    ///
    /// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = TracedClient::connect("localhost", &MessagingTracer::global()).await?;
    /// client.publish("orders.new", "{}".into()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`async_nats::connect`].
    pub async fn connect<A: ToServerAddrs>(
        addresses: A,
        tracer: &MessagingTracer,
    ) -> Result<Self, ConnectError> {
        Self::connect_with_options(addresses, ConnectOptions::new(), tracer).await
    }

    /// [`async_nats::connect_with_options`], and `.traced(&tracer)`: with the address of the server on the first span too.
    ///
    /// # Errors
    ///
    /// As for [`async_nats::connect_with_options`].
    pub async fn connect_with_options<A: ToServerAddrs>(
        addresses: A,
        options: ConnectOptions,
        tracer: &MessagingTracer,
    ) -> Result<Self, ConnectError> {
        let client = async_nats::connect_with_options(addresses, options).await?;
        let server = Server::of(&client);
        server.found().await;
        Ok(client.traced(tracer))
    }

    /// The same client with patterns for the subjects of its messages, those that it publishes and those that it gets. The
    /// name of a span should be one of few, so it has the pattern in place of a subject that the pattern matches:
    /// `publish orders.{id}.created`. A subscription with wildcards is a pattern by itself.
    ///
    /// What may stand in a pattern says [`Templates`](tracehop::Templates): `{id}`, `*` and, at the end, `>`. The first
    /// pattern that matches counts.
    ///
    /// ```no_run
    /// # use tracehop_nats::{IntoTraced, MessagingTracer};
    /// # fn f(client: async_nats::Client, tracer: &MessagingTracer) {
    /// let client = client.traced(tracer).with_templates(["orders.{id}.created", "prices.>"]);
    /// # }
    /// ```
    #[must_use]
    pub fn with_templates(mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.tracer.subjects.set_templates(patterns);
        self
    }

    /// The client's own client. What it sends has no span and no context.
    pub fn inner(&self) -> &Client {
        &self.tracer.client
    }

    /// The client's own client back.
    pub fn into_inner(self) -> Client {
        self.tracer.client
    }
}

impl IntoTraced<Nats> for Client {
    type Traced = TracedClient;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedClient { tracer: NatsTracer::new(tracer, self) }
    }
}

impl IntoTraced<Nats> for Arc<Client> {
    type Traced = TracedClient;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        Self::unwrap_or_clone(self).traced(tracer)
    }
}

/// What sends no message of the application is the client's own.
impl TracedClient {
    /// [`Client::flush`].
    ///
    /// # Errors
    ///
    /// As for [`Client::flush`].
    pub async fn flush(&self) -> Result<(), FlushError> {
        self.inner().flush().await
    }

    /// [`Client::drain`].
    ///
    /// # Errors
    ///
    /// As for [`Client::drain`].
    pub async fn drain(&self) -> Result<(), DrainError> {
        self.inner().drain().await
    }

    /// [`Client::new_inbox`].
    pub fn new_inbox(&self) -> String {
        self.inner().new_inbox()
    }

    /// [`Client::timeout`].
    pub fn timeout(&self) -> Option<Duration> {
        self.inner().timeout()
    }

    /// [`Client::max_payload`].
    pub fn max_payload(&self) -> usize {
        self.inner().max_payload()
    }

    /// [`Client::server_info`].
    pub fn server_info(&self) -> ServerInfo {
        self.inner().server_info()
    }

    /// [`Client::try_server_info`].
    pub fn try_server_info(&self) -> Option<ServerInfo> {
        self.inner().try_server_info()
    }

    /// [`Client::is_server_compatible`].
    pub fn is_server_compatible(&self, major: i64, minor: i64, patch: i64) -> bool {
        self.inner().is_server_compatible(major, minor, patch)
    }

    /// [`Client::connection_state`].
    pub fn connection_state(&self) -> State {
        self.inner().connection_state()
    }

    /// [`Client::statistics`].
    pub fn statistics(&self) -> Arc<Statistics> {
        self.inner().statistics()
    }

    /// [`Client::force_reconnect`].
    ///
    /// # Errors
    ///
    /// As for [`Client::force_reconnect`].
    pub async fn force_reconnect(&self) -> Result<(), ReconnectError> {
        self.inner().force_reconnect().await
    }
}

impl TracedClient {
    pub(crate) fn start_publish(&self, message: &mut OutboundMessage) -> MessageSpan {
        self.tracer.start(PUBLISH, &message.subject, &mut message.headers, message.payload.len())
    }
}

impl traits::Publisher for TracedClient {
    fn publish_with_reply<S: ToSubject, R: ToSubject>(
        &self,
        subject: S,
        reply: R,
        payload: Bytes,
    ) -> impl Future<Output = Result<(), PublishError>> {
        self.publish_with_reply(subject, reply, payload)
    }

    async fn publish_message(&self, mut message: OutboundMessage) -> Result<(), PublishError> {
        let span = self.start_publish(&mut message);
        span.finish_after(traits::Publisher::publish_message(self.inner(), message)).await
    }
}

impl traits::Requester for TracedClient {
    async fn send_request<S: ToSubject>(
        &self,
        subject: S,
        request: Request,
    ) -> Result<Message, RequestError> {
        Ok(self.send_request(subject, request).await?.into_inner())
    }
}

impl traits::TimeoutProvider for TracedClient {
    fn timeout(&self) -> Option<Duration> {
        self.inner().timeout()
    }
}

impl fmt::Debug for TracedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedClient").field("operations", &self.tracer.operations).finish_non_exhaustive()
    }
}
