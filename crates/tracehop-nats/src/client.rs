//! The traced `Client`.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use async_nats::client::traits;
use async_nats::message::OutboundMessage;
use async_nats::{Client, Message, PublishError, Request, RequestError, ToSubject};
use bytes::Bytes;
use tracehop::{ClientFacts, IntoTraced, MessageSpan, MessagingTracer};

use crate::system::{Nats, PUBLISH};
use crate::tracer::NatsTracer;

/// A [`Client`] whose messages carry context. Cheap to clone.
///
/// It has the client's own methods, and derefs to it for everything that sends no message of the application: `flush`,
/// `drain`, `new_inbox`, statistics, services. It implements the client's [`Publisher`](traits::Publisher),
/// [`Requester`](traits::Requester) and [`TimeoutProvider`](traits::TimeoutProvider). Results come back untouched.
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
/// The subject of a reply (`_INBOX.…`, or the client's own prefix) is no part of a name. Messages to subjects of the server
/// itself, mostly `$JS.…`, get neither span nor header: an acknowledgement that is sent by hand stays as it is.
///
/// # JetStream and services
///
/// They are made with the client's own client: `jetstream::new(client.inner().clone()).traced(&tracer)`, and
/// `service.endpoint("get").await?.traced(&tracer)`. Messages that stores (key-value, objects) send are not traced.
#[derive(Clone)]
pub struct TracedClient {
    pub(crate) tracer: NatsTracer,
}

impl TracedClient {
    /// The same client with facts for its spans that the server does not tell, for example its address if it listens on
    /// all of its addresses.
    ///
    /// ```no_run
    /// # use tracehop_nats::{IntoTraced, MessagingTracer};
    /// use tracehop::ClientFacts;
    ///
    /// # fn f(client: async_nats::Client, tracer: &MessagingTracer) {
    /// let facts = ClientFacts::default().server("nats-1", 4222).client_id("checkout-1");
    /// let client = client.traced(tracer).with_facts(facts);
    /// # }
    /// ```
    #[must_use]
    pub fn with_facts(self, facts: ClientFacts) -> Self {
        Self { tracer: self.tracer.with_facts(facts) }
    }

    /// The same client with patterns for the subjects it publishes to. The name of a span should be one of few, so it has
    /// the pattern in place of a subject that the pattern matches: `publish orders.*.created`. A subscription with
    /// wildcards is a pattern by itself.
    ///
    /// ```no_run
    /// # use tracehop_nats::{IntoTraced, MessagingTracer};
    /// # fn f(client: async_nats::Client, tracer: &MessagingTracer) {
    /// let client = client.traced(tracer).with_templates(["orders.*.created", "prices.>"]);
    /// # }
    /// ```
    #[must_use]
    pub fn with_templates(mut self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.tracer.subjects.set_templates(patterns);
        self
    }

    /// The client's own client.
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

impl Deref for TracedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.tracer.client
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
