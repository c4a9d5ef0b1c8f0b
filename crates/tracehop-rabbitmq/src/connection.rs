//! The traced `Connection`.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties, Result};
use tracehop::{ClientFacts, IntoTraced, MessagingTracer, Templates};

use crate::{RabbitMq, TracedChannel};

/// A [`Connection`] whose channels are traced. The spans of all of them have the broker's address.
///
/// It has the connection's own methods: those that are not here are reached through `Deref`. Results come back untouched.
///
/// ```no_run
/// # use lapin::ConnectionProperties;
/// use tracehop_rabbitmq::{MessagingTracer, TracedConnection};
///
/// # async fn f() -> lapin::Result<()> {
/// let tracer = MessagingTracer::global();
/// let uri = "amqp://rabbit-1:5672/%2f";
/// let connection = TracedConnection::connect(uri, ConnectionProperties::default(), &tracer).await?;
/// let channel = connection.create_channel().await?;
/// # Ok(())
/// # }
/// ```
///
/// A connection that others hold too can be wrapped: of an `Arc<Connection>`, `.traced(&tracer)` makes a
/// `TracedConnection<Arc<Connection>>`.
///
/// # Spans
///
/// None of its own. `server.address` and `server.port` of its channels' spans are those of the URI. lapin does not tell the
/// address that the host's name stood for, so there is no `network.peer.address`.
#[derive(Clone)]
pub struct TracedConnection<C = Connection> {
    connection: C,
    tracer: MessagingTracer,
    facts: ClientFacts,
    templates: Templates,
}

impl TracedConnection {
    /// [`Connection::connect`].
    ///
    /// # Errors
    ///
    /// As for [`Connection::connect`].
    pub async fn connect(uri: &str, options: ConnectionProperties, tracer: &MessagingTracer) -> Result<Self> {
        let connection = Connection::connect(uri, options).await?.traced(tracer);
        // lapin has read it, so it is a URI.
        Ok(match uri.parse::<AMQPUri>() {
            Ok(uri) => connection.with_uri(&uri),
            Err(_) => connection,
        })
    }

    /// [`Connection::connect_uri`].
    ///
    /// # Errors
    ///
    /// As for [`Connection::connect_uri`].
    pub async fn connect_uri(
        uri: AMQPUri,
        options: ConnectionProperties,
        tracer: &MessagingTracer,
    ) -> Result<Self> {
        let connection = Connection::connect_uri(uri.clone(), options).await?;
        Ok(connection.traced(tracer).with_uri(&uri))
    }

    /// [`Connection::run`].
    ///
    /// # Errors
    ///
    /// As for [`Connection::run`].
    pub fn run(self) -> Result<()> {
        self.connection.run()
    }
}

impl<C: Borrow<Connection>> TracedConnection<C> {
    fn new(connection: C, tracer: &MessagingTracer) -> Self {
        let (facts, templates) = (ClientFacts::default(), Templates::default());
        Self { connection, tracer: tracer.clone(), facts, templates }
    }

    /// The same connection, with the broker's address from a URI: for connections that were made in another way, because lapin
    /// does not tell where a connection goes.
    ///
    /// ```no_run
    /// # use lapin::uri::AMQPUri;
    /// # use tracehop_rabbitmq::{IntoTraced, MessagingTracer};
    /// # fn f(connection: lapin::Connection, uri: &AMQPUri, tracer: &MessagingTracer) {
    /// let connection = connection.traced(tracer).with_uri(uri);
    /// # }
    /// ```
    #[must_use]
    pub fn with_uri(self, uri: &AMQPUri) -> Self {
        let facts = ClientFacts::default().server(&uri.authority.host, uri.authority.port);
        self.with_facts(facts)
    }

    /// The same connection, with facts for the spans of channels that it makes from now on. What the facts do not say stays as it
    /// was.
    #[must_use]
    pub fn with_facts(self, facts: ClientFacts) -> Self {
        Self { facts: facts.or(self.facts), ..self }
    }

    /// The same connection. Channels that it makes from now on are traced by `tracer`.
    #[must_use]
    pub fn with_tracer(self, tracer: &MessagingTracer) -> Self {
        Self { tracer: tracer.clone(), ..self }
    }

    /// The same connection, with patterns for the routing keys of channels that it makes from now on: see
    /// [`TracedChannel::with_templates`].
    #[must_use]
    pub fn with_templates(self, patterns: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self { templates: Templates::new(patterns), ..self }
    }

    /// [`Connection::create_channel`].
    ///
    /// # Errors
    ///
    /// As for [`Connection::create_channel`].
    pub async fn create_channel(&self) -> Result<TracedChannel> {
        let channel = self.inner().create_channel().await?;
        Ok(TracedChannel::new(channel, &self.tracer, self.facts.clone(), self.templates.clone()))
    }

    /// The client's own connection. Its channels make no spans.
    pub fn inner(&self) -> &Connection {
        self.connection.borrow()
    }

    /// The client's own connection back, as it was given.
    pub fn into_inner(self) -> C {
        self.connection
    }
}

impl IntoTraced<RabbitMq> for Connection {
    type Traced = TracedConnection;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedConnection::new(self, tracer)
    }
}

impl IntoTraced<RabbitMq> for Arc<Connection> {
    type Traced = TracedConnection<Self>;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedConnection::new(self, tracer)
    }
}

/// It stays one wrapper, and the last tracer counts.
impl<C: Borrow<Connection>> IntoTraced<RabbitMq> for TracedConnection<C> {
    type Traced = Self;

    fn traced(self, tracer: &MessagingTracer) -> Self {
        self.with_tracer(tracer)
    }
}

impl<C: Borrow<Connection>> Deref for TracedConnection<C> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.inner()
    }
}

impl<C> fmt::Debug for TracedConnection<C> {
    /// Leaves the connection out, because it prints who is logged in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedConnection")
            .field("facts", &self.facts)
            .field("templates", &self.templates)
            .finish_non_exhaustive()
    }
}
