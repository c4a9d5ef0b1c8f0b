//! The tracers of one client, for each server that it was connected to.

use std::array;
use std::fmt;
use std::sync::{Arc, OnceLock};

use async_nats::Client;
use tracehop::{ClientFacts, ClientTracer, MessagingTracer};

use crate::server::{PLACES, Server};
use crate::system::Nats;

/// Gives the tracer for a client's operations, which knows the server that the client is connected to now.
#[derive(Clone)]
pub(crate) struct ServerTracers(Arc<Tracers>);

struct Tracers {
    tracer: MessagingTracer,
    facts: ClientFacts,
    server: Server,
    by_place: [OnceLock<ClientTracer<Nats>>; PLACES],
}

impl ServerTracers {
    pub(crate) fn new(tracer: &MessagingTracer, client: &Client) -> Self {
        Self::of(tracer, ClientFacts::default(), Server::of(client))
    }

    /// For what does not tell its client.
    pub(crate) fn unknown(tracer: &MessagingTracer) -> Self {
        Self::of(tracer, ClientFacts::default(), Server::UNKNOWN)
    }

    fn of(tracer: &MessagingTracer, facts: ClientFacts, server: Server) -> Self {
        let by_place = array::from_fn(|_| OnceLock::new());
        Self(Arc::new(Tracers { tracer: tracer.clone(), facts, server, by_place }))
    }

    /// The same with another tracer.
    pub(crate) fn with_tracer(&self, tracer: &MessagingTracer) -> Self {
        Self::of(tracer, self.0.facts.clone(), self.0.server.clone())
    }

    /// The same with facts that count before those that were known.
    pub(crate) fn with_facts(&self, facts: ClientFacts) -> Self {
        Self::of(&self.0.tracer, facts.or(self.0.facts.clone()), self.0.server.clone())
    }

    /// The same for the client that is known now.
    #[cfg(feature = "jetstream")]
    pub(crate) fn with_client(&self, client: &Client) -> Self {
        Self::of(&self.0.tracer, self.0.facts.clone(), Server::of(client))
    }

    /// The tracer for operations that start now.
    pub(crate) fn now(&self) -> &ClientTracer<Nats> {
        let Tracers { tracer, facts, server, by_place } = &*self.0;
        let place = server.place();
        let [nowhere, ..] = by_place;
        let slot = by_place.get(place).unwrap_or(nowhere);
        slot.get_or_init(|| ClientTracer::new(tracer, facts.clone().or(server.facts(place))))
    }
}

impl fmt::Debug for ServerTracers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now().fmt(f)
    }
}
