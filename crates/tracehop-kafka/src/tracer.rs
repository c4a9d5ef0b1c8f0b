//! The tracer of one Kafka client.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use tracehop::{ClientFacts, ClientTracer, MessagingTracer};

use crate::{Kafka, ffi, semconv};

/// The tracer of one Kafka client, which also finds out the cluster's name.
#[derive(Clone, Debug)]
pub(crate) struct KafkaTracer {
    pub(crate) client: ClientTracer<Kafka>,
    shared: Arc<Shared>,
}

/// What all clones share.
#[derive(Debug)]
struct Shared {
    facts: ClientFacts,
    cluster_id: OnceLock<String>,
    /// How many operations did not know the cluster's name when they started.
    lookups: AtomicU32,
    /// How many delivery reports came before the cluster's name was known.
    reports: AtomicU32,
    /// The tracer of the group whose offsets go into this producer's transactions.
    group: OnceLock<(String, ClientTracer<Kafka>)>,
}

impl KafkaTracer {
    pub(crate) fn new<C: ClientContext>(tracer: &MessagingTracer, client: &Client<C>) -> Self {
        Self::knowing(tracer, facts(client))
    }

    fn knowing(tracer: &MessagingTracer, facts: ClientFacts) -> Self {
        let client = ClientTracer::new(tracer, facts.clone());
        let shared = Shared {
            facts,
            cluster_id: OnceLock::new(),
            lookups: AtomicU32::new(0),
            reports: AtomicU32::new(0),
            group: OnceLock::new(),
        };
        Self { client, shared: Arc::new(shared) }
    }

    /// The same for another tracer.
    pub(crate) fn with_tracer(&self, tracer: &MessagingTracer) -> Self {
        Self::knowing(tracer, self.shared.facts.clone())
    }

    /// The same for a client of which the user knows more, or better.
    pub(crate) fn with_facts(&self, facts: ClientFacts) -> Self {
        Self::knowing(self.client.tracer(), facts.or(self.shared.facts.clone()))
    }

    /// The tracer for operations on behalf of a consumer group. One group is the rule, so one is kept.
    pub(crate) fn of_group(&self, group: &str) -> ClientTracer<Kafka> {
        let make = || {
            let facts = self.shared.facts.clone().consumer_group(group);
            (group.to_owned(), ClientTracer::new(self.client.tracer(), facts))
        };
        let (kept, tracer) = self.shared.group.get_or_init(make);
        let tracer = if kept == group { tracer.clone() } else { make().1 };
        if let Some(id) = self.shared.cluster_id.get() {
            tracer.set_late_attribute(semconv::MESSAGING_KAFKA_CLUSTER_ID, id);
        }
        tracer
    }

    /// Asks librdkafka for the cluster's name, which it knows once it got metadata. It never waits; until the name is
    /// known it asks ever more rarely, because some brokers never tell.
    #[inline]
    pub(crate) fn find_cluster_id<C: ClientContext>(&self, client: &Client<C>) {
        if !self.knows_cluster_id() && is_due(&self.shared.lookups) {
            self.learn_cluster_id(cluster_id(client));
        }
    }

    /// Whether spans that start now have the cluster's name.
    #[inline]
    pub(crate) fn knows_cluster_id(&self) -> bool {
        self.client.has_late_attribute()
    }

    /// The cluster's name for an operation that started without it, and whose delivery report came now.
    pub(crate) fn cluster_id_at_report(&self, find: impl FnOnce() -> Option<String>) -> Option<&str> {
        if !self.knows_cluster_id() && is_due(&self.shared.reports) {
            self.learn_cluster_id(find());
        }
        self.shared.cluster_id.get().map(String::as_str)
    }

    fn learn_cluster_id(&self, id: Option<String>) {
        if let Some(id) = id {
            let id = self.shared.cluster_id.get_or_init(|| id);
            self.client.set_late_attribute(semconv::MESSAGING_KAFKA_CLUSTER_ID, id);
        }
    }
}

/// The cluster's name, if librdkafka knows it.
pub(crate) fn cluster_id<C: ClientContext>(client: &Client<C>) -> Option<String> {
    client.fetch_cluster_id(Duration::ZERO)
}

/// True the first time, the second, the fourth, the eighth and so on.
fn is_due(count: &AtomicU32) -> bool {
    count.fetch_add(1, Ordering::Relaxed).wrapping_add(1).is_power_of_two()
}

/// What the client's configuration says.
fn facts<C: ClientContext>(client: &Client<C>) -> ClientFacts {
    let config = |key| ffi::config(client, key).filter(|value| !value.is_empty());
    let mut facts = ClientFacts::default();
    if let Some(id) = config("client.id") {
        facts = facts.client_id(&id);
    }
    if let Some(group) = config("group.id") {
        facts = facts.consumer_group(&group);
    }
    if let Some((host, port)) = config("bootstrap.servers").as_deref().and_then(first_server) {
        facts = facts.server(host, port);
    }
    facts
}

/// Host and port of the first bootstrap server: which broker a message really went to is librdkafka's secret.
fn first_server(servers: &str) -> Option<(&str, Option<u16>)> {
    let first = servers.split(',').map(str::trim).find(|server| !server.is_empty())?;
    let first = first.split_once("://").map_or(first, |(_, server)| server);
    let (host, port) = match first.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
        _ => (first, None),
    };
    Some((host.trim_start_matches('[').trim_end_matches(']'), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bootstrap_server_is_the_clients_address() {
        for (servers, expected) in [
            ("kafka-1:9092,kafka-2:9093", Some(("kafka-1", Some(9092)))),
            ("kafka-1", Some(("kafka-1", None))),
            ("SASL_SSL://kafka-1:9094", Some(("kafka-1", Some(9094)))),
            ("[::1]:9092", Some(("::1", Some(9092)))),
            ("::1", Some(("::1", None))),
            (" , ", None),
        ] {
            assert_eq!(first_server(servers), expected, "{servers}");
        }
    }
}
