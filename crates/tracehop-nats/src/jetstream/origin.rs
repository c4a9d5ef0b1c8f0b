//! Where the messages of one stream come from.

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{Consumer, IntoConsumerConfig};
use tracehop::{ClientFacts, ClientTracer, MessagingTracer};

use super::{FromStream, TracedMessage};
use crate::describe;
use crate::subject::SubjectPattern;
use crate::system::Nats;

/// What is known of the consumer of some messages. The client's streams do not tell which consumer they are from, but
/// their messages know the client.
#[derive(Clone)]
pub(super) struct Origin {
    tracer: MessagingTracer,
    client: Option<ClientTracer<Nats>>,
    facts: Option<ClientFacts>,
    group: Option<String>,
    pattern: SubjectPattern,
    /// Whether the messages are to be acknowledged.
    settled: bool,
}

impl Origin {
    pub(super) fn new(tracer: &MessagingTracer, settled: bool) -> Self {
        let tracer = tracer.clone();
        Self { tracer, client: None, facts: None, group: None, pattern: SubjectPattern::default(), settled }
    }

    pub(super) fn set_facts(&mut self, facts: ClientFacts) {
        self.facts = Some(facts);
        self.client = None;
    }

    /// Takes over what the client has cached of the consumer's configuration.
    pub(super) fn set_consumer<T: IntoConsumerConfig>(&mut self, consumer: &Consumer<T>) {
        let config = &consumer.cached_info().config;
        self.group = config.durable_name.clone().or_else(|| config.deliver_group.clone());
        self.pattern = SubjectPattern::of(&config.filter_subject);
        self.client = None;
    }

    /// Takes a message that was received, and reads its creation context.
    pub(super) fn received(&mut self, message: Message) -> TracedMessage {
        let Self { tracer, client, facts, group, pattern, settled } = self;
        let client = client.get_or_insert_with(|| {
            let facts = facts.clone().unwrap_or_else(|| describe::facts(&message.context.client()));
            let facts = match group {
                Some(group) => facts.consumer_group(group),
                None => facts,
            };
            ClientTracer::new(tracer, facts)
        });
        let settlements = settled.then(|| client.clone());
        client.received(FromStream::new(message, settlements, pattern.clone()))
    }
}

/// What the user can tell about the consumer, for each type with an `origin`.
macro_rules! origin_methods {
    () => {
        /// Tells which consumer these messages are from. Its durable name becomes the spans' consumer group, and the
        /// subject it filters by becomes the template of their destination if it has wildcards.
        #[must_use]
        pub fn consumer<T: IntoConsumerConfig>(mut self, consumer: &Consumer<T>) -> Self {
            self.origin.set_consumer(consumer);
            self
        }

        /// The same with facts for its spans; see [`TracedClient::with_facts`](crate::TracedClient::with_facts).
        #[must_use]
        pub fn with_facts(mut self, facts: ClientFacts) -> Self {
            self.origin.set_facts(facts);
            self
        }
    };
}

pub(super) use origin_methods;
