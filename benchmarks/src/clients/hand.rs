//! Spans by hand, on OpenTelemetry's API and the client's alone: what people write today.

use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{Link, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::incoming::Incoming;

/// What a service knows of itself.
pub(super) struct Hand {
    tracer: BoxedTracer,
    propagator: TraceContextPropagator,
    system: &'static str,
    /// The system's word for a send.
    word: &'static str,
    client_id: String,
    group: String,
    server: String,
    port: u16,
}

impl Hand {
    pub(super) fn new(system: &'static str, word: &'static str) -> Self {
        Self {
            tracer: global::tracer("checkout"),
            propagator: TraceContextPropagator::new(),
            system,
            word,
            client_id: "checkout-1".to_owned(),
            group: "checkout".to_owned(),
            server: "127.0.0.1".to_owned(),
            port: 9092,
        }
    }

    /// Starts the span of a send, child of the current one, and writes it into the headers.
    pub(super) fn send(
        &self,
        destination: &str,
        more: Option<KeyValue>,
        headers: &mut dyn Injector,
    ) -> Context {
        let mut attributes = self.attributes(self.word, "send", destination);
        attributes.extend(more);
        let span = self
            .tracer
            .span_builder(format!("{} {destination}", self.word))
            .with_kind(SpanKind::Producer)
            .with_attributes(attributes)
            .start(&self.tracer);
        let cx = Context::current_with_span(span);
        self.propagator.inject_context(&cx, headers);
        cx
    }

    /// Runs the handler in the span of handling a message, child of the span that sent it, and linked to it.
    pub(super) fn process<M: Incoming>(&self, message: &M, handler: impl FnOnce(&M) -> u64) -> u64 {
        let parent = self.propagator.extract_with_context(&Context::new(), &Headers(message));
        let mut attributes = self.attributes("process", "process", message.destination());
        message.describe(&mut attributes);
        attributes.push(KeyValue::new("messaging.consumer.group.name", self.group.clone()));
        let span = self
            .tracer
            .span_builder(format!("process {}", message.destination()))
            .with_kind(SpanKind::Consumer)
            .with_attributes(attributes)
            .with_links(vec![Link::with_context(parent.span().span_context().clone())])
            .start_with_context(&self.tracer, &parent);
        let cx = parent.with_span(span);
        let sum = {
            let _active = cx.clone().attach();
            handler(message)
        };
        cx.span().end();
        sum
    }

    /// The same for several messages in one span, with a link to each.
    pub(super) fn process_batch<M: Incoming>(&self, batch: &[M], handler: impl FnOnce(&[M]) -> u64) -> u64 {
        let destination = batch.first().map(Incoming::destination).unwrap_or_default();
        let mut attributes = self.attributes("process", "process", destination);
        attributes.push(KeyValue::new("messaging.consumer.group.name", self.group.clone()));
        let count = i64::try_from(batch.len()).unwrap_or_default();
        attributes.push(KeyValue::new("messaging.batch.message_count", count));
        let link = |message: &M| {
            let cx = self.propagator.extract_with_context(&Context::new(), &Headers(message));
            let mut place = Vec::with_capacity(2);
            message.describe(&mut place);
            Link::new(cx.span().span_context().clone(), place, 0)
        };
        let span = self
            .tracer
            .span_builder(format!("process {destination}"))
            .with_kind(SpanKind::Consumer)
            .with_attributes(attributes)
            .with_links(batch.iter().map(link).collect())
            .start(&self.tracer);
        let cx = Context::current_with_span(span);
        let sum = {
            let _active = cx.clone().attach();
            handler(batch)
        };
        cx.span().end();
        sum
    }

    fn attributes(&self, operation: &'static str, of_type: &'static str, destination: &str) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(12);
        attributes.extend([
            KeyValue::new("messaging.system", self.system),
            KeyValue::new("messaging.operation.name", operation),
            KeyValue::new("messaging.operation.type", of_type),
            KeyValue::new("messaging.destination.name", destination.to_owned()),
            KeyValue::new("messaging.client.id", self.client_id.clone()),
            KeyValue::new("server.address", self.server.clone()),
            KeyValue::new("server.port", i64::from(self.port)),
        ]);
        attributes
    }
}

/// A message's headers as a carrier.
pub(super) struct Headers<'a, M>(pub(super) &'a M);

impl<M: Incoming> Extractor for Headers<'_, M> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.header(key)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.header_names()
    }
}
