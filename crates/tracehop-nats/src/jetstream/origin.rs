//! What is known of the messages of one consumer.

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{Consumer, IntoConsumerConfig};
use tracehop::{ClientFacts, ClientTracer, MessagingTracer};

use super::settle::Settler;
use super::{FromStream, TracedMessage};
use crate::Nats;
use crate::describe::{self, Source};

/// A tracer for the messages of one consumer. The client's streams do not tell whose they are, but their messages know
/// the client.
#[derive(Clone)]
pub(super) struct Origin {
    tracer: MessagingTracer,
    client: Option<ClientTracer<Nats>>,
    facts: Option<ClientFacts>,
    group: Option<String>,
    source: Source,
    /// Whether the messages are to be acknowledged.
    settled: bool,
}

impl Origin {
    pub(super) fn new(tracer: &MessagingTracer, settled: bool) -> Self {
        let tracer = tracer.clone();
        Self { tracer, client: None, facts: None, group: None, source: Source::default(), settled }
    }

    pub(super) fn set_facts(&mut self, facts: ClientFacts) {
        self.facts = Some(facts);
        self.client = None;
    }

    /// Learns what the consumer's configuration says.
    pub(super) fn learn<T: IntoConsumerConfig>(&mut self, consumer: &Consumer<T>) {
        let config = &consumer.cached_info().config;
        self.group = config.durable_name.clone().or_else(|| config.deliver_group.clone());
        self.source = Source::of(&config.filter_subject);
        self.client = None;
    }

    /// Takes a message that was got: reads its creation context.
    pub(super) fn received(&mut self, message: Message) -> TracedMessage {
        let Self { tracer, client, facts, group, source, settled } = self;
        let client = client.get_or_insert_with(|| {
            let facts = facts.clone().unwrap_or_else(|| describe::facts(&message.context.client()));
            let facts = match group {
                Some(group) => facts.consumer_group(group),
                None => facts,
            };
            ClientTracer::new(tracer, facts)
        });
        let settler = Settler { client: settled.then(|| client.clone()), source: source.clone() };
        client.received(FromStream::new(message, settler))
    }
}
