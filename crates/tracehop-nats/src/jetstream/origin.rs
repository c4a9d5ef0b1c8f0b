//! Where the messages of one stream come from.

use std::sync::{Arc, OnceLock};

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{AckPolicy, Config, Consumer, IntoConsumerConfig};
use serde_json::Value;
use tracehop::{ClientFacts, ClientTracer, MessagingTracer};

use super::delivered::ack_subject;
use super::{FromStream, TracedMessage};
use crate::server_tracers::ServerTracers;
use crate::subject::ReceivedSubjects;
use crate::system::Nats;

/// What is known of the consumer of some messages. Clones learn together.
#[derive(Clone)]
pub(super) struct Origin {
    /// Neither the client's streams nor its consumers tell their client, but their messages do.
    without_client: ServerTracers,
    with_client: Arc<OnceLock<ServerTracers>>,
    pub(super) subjects: ReceivedSubjects,
    /// Whether the messages are to be acknowledged.
    settled: bool,
    /// Whether an acknowledgement is known to be one of all messages before it too.
    acks_all_before: bool,
}

impl Origin {
    /// Of messages whose consumer is not known.
    pub(super) fn unknown(tracer: &MessagingTracer, settled: bool) -> Self {
        Self::new(ServerTracers::unknown(tracer), ReceivedSubjects::UNKNOWN, settled)
    }

    /// Of the messages of a consumer, by what the client has cached of its configuration.
    pub(super) fn of<T: IntoConsumerConfig>(
        consumer: &Consumer<T>,
        tracer: &MessagingTracer,
        settled: bool,
    ) -> Self {
        let info = consumer.cached_info();
        let config = &info.config;
        let facts = match config.durable_name.as_deref().or(config.deliver_group.as_deref()) {
            Some(group) => ClientFacts::default().consumer_group(group),
            None => ClientFacts::default(),
        };
        let several = filter_subjects(config);
        let filters = several.iter().chain([&config.filter_subject]).map(String::as_str);
        let subjects = ReceivedSubjects::filtered(filters, &info.stream_name);
        let acks_all_before = settled && config.ack_policy == AckPolicy::All;
        let without_client = ServerTracers::unknown(tracer).with_facts(facts);
        Self { acks_all_before, ..Self::new(without_client, subjects, settled) }
    }

    fn new(without_client: ServerTracers, subjects: ReceivedSubjects, settled: bool) -> Self {
        Self { without_client, with_client: Arc::default(), subjects, settled, acks_all_before: false }
    }

    /// The same with other tracers, which know no client yet.
    fn with(&self, without_client: ServerTracers) -> Self {
        Self { without_client, with_client: Arc::default(), ..self.clone() }
    }

    pub(super) fn with_tracer(&self, tracer: &MessagingTracer) -> Self {
        self.with(self.without_client.with_tracer(tracer))
    }

    pub(super) fn with_facts(&self, facts: ClientFacts) -> Self {
        self.with(self.without_client.with_facts(facts))
    }

    /// The tracer for what has no message.
    pub(super) fn tracer(&self) -> &ClientTracer<Nats> {
        self.with_client.get().unwrap_or(&self.without_client).now()
    }

    /// Takes a message that was received, and reads its creation context.
    pub(super) fn received(&mut self, message: Message) -> TracedMessage {
        // Whoever may publish to where the consumer delivers can make the whole subject up.
        if !self.subjects.are_known()
            && let Some(ack) = ack_subject(&message)
            && ack.has_plain_stream()
        {
            self.subjects = self.subjects.clone().of_stream(ack.stream);
        }
        let tracers =
            self.with_client.get_or_init(|| self.without_client.with_client(&message.context.client()));
        let client = tracers.now();
        let settlements = self.settled.then(|| client.clone());
        let subjects = self.subjects.clone();
        client.received(FromStream::new(message, settlements, subjects, self.acks_all_before))
    }
}

/// The filters of a consumer that has several. The field has them only with a feature of the client that the application
/// chooses, so it is read from what the client would send.
fn filter_subjects(config: &Config) -> Vec<String> {
    let mut config = serde_json::to_value(config).unwrap_or_default();
    let filters = config.get_mut("filter_subjects").map(Value::take);
    filters.and_then(|filters| serde_json::from_value(filters).ok()).unwrap_or_default()
}
