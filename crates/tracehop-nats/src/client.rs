//! The traced `Client`.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use async_nats::client::traits;
use async_nats::message::OutboundMessage;
use async_nats::{Client, Message, PublishError, Request, RequestError, ToSubject};
use bytes::Bytes;
use tracehop::{ClientFacts, IntoTraced, MessagingTracer};

use crate::Nats;
use crate::describe::NatsTracer;

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
/// `publish {subject}`, kind PRODUCER, child of the current span: it ends when the message is in the client's queue, for
/// core NATS has no answer to wait for. `request {subject}`, kind PRODUCER, from then until the reply, to whose span it
/// links. `process {subject}`, kind CONSUMER, for each message that is processed.
///
/// The subject of a reply (`_INBOX.…`, or the client's own prefix) is no part of a name. Subjects of the server's own,
/// `$JS.` above all, get neither span nor header: an acknowledgement sent by hand stays as it is.
///
/// # JetStream and services
///
/// They are made with the client's own client: `jetstream::new(client.inner().clone()).traced(&tracer)`, and
/// `service.endpoint("get").await?.traced(&tracer)`. What stores make of it (key-value, objects) is not traced.
#[derive(Clone)]
pub struct TracedClient {
    pub(crate) client: Client,
    pub(crate) tracer: NatsTracer,
}

impl TracedClient {
    /// The same client with facts for its spans that the server does not tell: its address, if it listens on all that it
    /// has.
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
        Self { tracer: self.tracer.with_facts(facts), ..self }
    }

    /// The same client with patterns for the subjects it publishes to. A subject that one of them matches goes by the
    /// pattern in the names of spans, which should be few: `publish orders.*.created`. Subscriptions have theirs anyway.
    ///
    /// ```no_run
    /// # use tracehop_nats::{IntoTraced, MessagingTracer};
    /// # fn f(client: async_nats::Client, tracer: &MessagingTracer) {
    /// let client = client.traced(tracer).with_templates(["orders.*.created", "prices.>"]);
    /// # }
    /// ```
    #[must_use]
    pub fn with_templates(self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self { tracer: self.tracer.with_templates(patterns), ..self }
    }

    /// The client's own client.
    pub fn inner(&self) -> &Client {
        &self.client
    }

    /// The client's own client back.
    pub fn into_inner(self) -> Client {
        self.client
    }
}

impl IntoTraced<Nats> for Client {
    type Traced = TracedClient;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        let tracer = NatsTracer::new(tracer, &self);
        TracedClient { client: self, tracer }
    }
}

impl Deref for TracedClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
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
        let result = traits::Publisher::publish_message(&self.client, message).await;
        if let Some(span) = span {
            span.finish(&result);
        }
        result
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
        self.client.timeout()
    }
}

impl fmt::Debug for TracedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedClient").field("tracer", &self.tracer).finish_non_exhaustive()
    }
}
