//! What people write today, on OpenTelemetry's API and rdkafka's alone.

use opentelemetry::global::BoxedTracer;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{Link, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use rdkafka::message::{BorrowedHeaders, Header, Headers, OwnedHeaders};

/// A carrier written with care: it adds to the headers in place.
pub(crate) struct Careful<'a>(pub(crate) &'a mut Option<OwnedHeaders>);

impl Injector for Careful<'_> {
    fn set(&mut self, key: &str, value: String) {
        let headers = self.0.take().unwrap_or_else(|| OwnedHeaders::new_with_capacity(2));
        *self.0 = Some(headers.insert(Header { key, value: Some(&value) }));
    }
}

/// The carrier that rdkafka's own example shows, and that is copied most: every `set` builds all headers anew.
pub(crate) struct Popular<'a>(pub(crate) &'a mut OwnedHeaders);

impl Injector for Popular<'_> {
    #[expect(clippy::unwrap_used, reason = "quoted as it is copied; a null header panics here")]
    fn set(&mut self, key: &str, value: String) {
        let mut new = OwnedHeaders::new().insert(Header { key, value: Some(&value) });
        for header in self.0.iter() {
            let text = String::from_utf8(header.value.unwrap().to_vec()).unwrap();
            new = new.insert(Header { key: header.key, value: Some(&text) });
        }
        self.0.clone_from(&new);
    }
}

/// The reading side, with rdkafka's safe iteration, which panics on names that are not UTF-8.
pub(crate) struct Read<'a>(pub(crate) &'a BorrowedHeaders);

impl Extractor for Read<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let header = self.0.iter().find(|header| header.key == key)?;
        std::str::from_utf8(header.value?).ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|header| header.key).collect()
    }
}

/// The headers of a message that is sent on, without its context and with those of a dead letter.
pub(crate) fn copy_without_context(headers: &BorrowedHeaders, more: &[(&str, &str)]) -> OwnedHeaders {
    let kept = headers.iter().filter(|header| header.key != "traceparent" && header.key != "tracestate");
    let copy = kept.fold(OwnedHeaders::new(), OwnedHeaders::insert);
    more.iter().fold(copy, |copy, (key, value)| copy.insert(Header { key, value: Some(*value) }))
}

/// What a service knows of itself.
pub(crate) struct Service {
    pub(crate) tracer: BoxedTracer,
    pub(crate) propagator: TraceContextPropagator,
    pub(crate) client_id: String,
    pub(crate) group: String,
    pub(crate) server: String,
    pub(crate) port: u16,
}

impl Service {
    pub(crate) fn new(tracer: BoxedTracer) -> Self {
        Self {
            tracer,
            propagator: TraceContextPropagator::new(),
            client_id: "checkout-1".to_owned(),
            group: "checkout".to_owned(),
            server: "kafka-1".to_owned(),
            port: 9092,
        }
    }

    /// Starts the span of a send, child of the current one, and writes it into the headers.
    pub(crate) fn send(&self, topic: &str, partition: i32, headers: &mut Option<OwnedHeaders>) -> Context {
        let mut attributes = self.attributes("send", "send", topic);
        attributes.push(KeyValue::new("messaging.destination.partition.id", partition.to_string()));
        let span = self
            .tracer
            .span_builder(format!("send {topic}"))
            .with_kind(SpanKind::Producer)
            .with_attributes(attributes)
            .start(&self.tracer);
        let cx = Context::current_with_span(span);
        self.propagator.inject_context(&cx, &mut Careful(headers));
        cx
    }

    /// Starts the span of handling a message, child of the span that sent it, and linked to it.
    pub(crate) fn process(
        &self,
        topic: &str,
        partition: i32,
        offset: i64,
        headers: Option<&BorrowedHeaders>,
    ) -> Context {
        let none = Context::new();
        let parent = match headers {
            Some(headers) => self.propagator.extract_with_context(&none, &Read(headers)),
            None => none,
        };
        let mut attributes = self.attributes("process", "process", topic);
        attributes.push(KeyValue::new("messaging.destination.partition.id", partition.to_string()));
        attributes.push(KeyValue::new("messaging.consumer.group.name", self.group.clone()));
        attributes.push(KeyValue::new("messaging.kafka.offset", offset));
        let span = self
            .tracer
            .span_builder(format!("process {topic}"))
            .with_kind(SpanKind::Consumer)
            .with_attributes(attributes)
            .with_links(vec![Link::with_context(parent.span().span_context().clone())])
            .start_with_context(&self.tracer, &parent);
        parent.with_span(span)
    }

    /// Starts the span of a commit, child of the current one.
    pub(crate) fn settle(&self, topic: &str, partition: i32, offset: i64) -> Context {
        let mut attributes = self.attributes("commit", "settle", topic);
        attributes.extend([
            KeyValue::new("messaging.destination.partition.id", partition.to_string()),
            KeyValue::new("messaging.consumer.group.name", self.group.clone()),
            KeyValue::new("messaging.kafka.offset", offset),
        ]);
        let span = self
            .tracer
            .span_builder(format!("commit {topic}"))
            .with_kind(SpanKind::Client)
            .with_attributes(attributes)
            .start(&self.tracer);
        Context::current_with_span(span)
    }

    /// Starts one span of handling several messages, with a link to each that says its offset. All are of one
    /// partition, which is that of the first.
    pub(crate) fn process_batch<'h>(
        &self,
        topic: &str,
        messages: impl ExactSizeIterator<Item = (Option<&'h BorrowedHeaders>, i32, i64)>,
    ) -> Context {
        let mut attributes = self.attributes("process", "process", topic);
        attributes.push(KeyValue::new("messaging.consumer.group.name", self.group.clone()));
        let count = i64::try_from(messages.len()).unwrap_or_default();
        attributes.push(KeyValue::new("messaging.batch.message_count", count));
        let mut of_all = None;
        let links = messages
            .filter_map(|(headers, partition, offset)| {
                of_all.get_or_insert(partition);
                let cx = self.propagator.extract_with_context(&Context::new(), &Read(headers?));
                let place = vec![KeyValue::new("messaging.kafka.offset", offset)];
                Some(Link::new(cx.span().span_context().clone(), place, 0))
            })
            .collect();
        if let Some(partition) = of_all {
            attributes.push(KeyValue::new("messaging.destination.partition.id", partition.to_string()));
        }
        let span = self
            .tracer
            .span_builder(format!("process {topic}"))
            .with_kind(SpanKind::Consumer)
            .with_attributes(attributes)
            .with_links(links)
            .start(&self.tracer);
        Context::current_with_span(span)
    }

    fn attributes(&self, operation: &'static str, of_type: &'static str, topic: &str) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(12);
        attributes.extend([
            KeyValue::new("messaging.system", "kafka"),
            KeyValue::new("messaging.operation.name", operation),
            KeyValue::new("messaging.operation.type", of_type),
            KeyValue::new("messaging.destination.name", topic.to_owned()),
            KeyValue::new("messaging.client.id", self.client_id.clone()),
            KeyValue::new("server.address", self.server.clone()),
            KeyValue::new("server.port", i64::from(self.port)),
        ]);
        attributes
    }
}
