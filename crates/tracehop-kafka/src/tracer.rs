//! The tracer of one Kafka client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rdkafka::client::{Client, ClientContext};
use tracehop::{ClientFacts, ClientTracer, MessagingTracer};

use crate::{Kafka, ffi, semconv};

/// The tracer of one Kafka client, which also finds out the cluster's name.
#[derive(Clone, Debug)]
pub(crate) struct KafkaTracer {
    pub(crate) client: ClientTracer<Kafka>,
    lookups: Arc<AtomicU32>,
}

impl KafkaTracer {
    pub(crate) fn new<C: ClientContext>(tracer: &MessagingTracer, client: &Client<C>) -> Self {
        Self { client: ClientTracer::new(tracer, facts(client)), lookups: Arc::default() }
    }

    /// Asks librdkafka for the cluster's name, which it knows once it got metadata. It never waits; until the name is
    /// known it asks ever more rarely, for brokers may not tell.
    pub(crate) fn find_cluster_id<C: ClientContext>(&self, client: &Client<C>) {
        if self.client.has_late_attribute() {
            return;
        }
        let lookup = self.lookups.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        if lookup.is_power_of_two()
            && let Some(id) = client.fetch_cluster_id(Duration::ZERO)
        {
            self.client.set_late_attribute(semconv::MESSAGING_KAFKA_CLUSTER_ID, &id);
        }
    }
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
