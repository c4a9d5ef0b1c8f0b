//! What people write today, on OpenTelemetry's API and the client's alone.

use std::marker::PhantomData;

use opentelemetry::global::BoxedTracer;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{Link, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::transport::{Step, Transport};

/// The writing side of a carrier.
pub(crate) struct Put<'a, T: Transport>(pub(crate) &'a mut T::Headers);

impl<T: Transport> Injector for Put<'_, T> {
    fn set(&mut self, key: &str, value: String) {
        T::put(self.0, key, &value);
    }
}

/// The reading side.
pub(crate) struct Get<'a, T: Transport>(pub(crate) &'a T::Message);

impl<T: Transport> Extractor for Get<'_, T> {
    fn get(&self, key: &str) -> Option<&str> {
        T::look_up(self.0, key)
    }

    fn keys(&self) -> Vec<&str> {
        T::names(self.0)
    }
}

/// What a service knows of itself.
pub(crate) struct Service<T> {
    tracer: BoxedTracer,
    propagator: TraceContextPropagator,
    client_id: String,
    group: String,
    server: String,
    port: u16,
    of: PhantomData<fn() -> T>,
}

impl<T: Transport> Service<T> {
    pub(crate) fn new(tracer: BoxedTracer) -> Self {
        Self {
            tracer,
            propagator: TraceContextPropagator::new(),
            client_id: "checkout-1".to_owned(),
            group: "checkout".to_owned(),
            server: "broker-1".to_owned(),
            port: 4222,
            of: PhantomData,
        }
    }

    /// Starts the span of a send, child of the current one, and writes it into the headers.
    pub(crate) fn send(&self, destination: &str, headers: &mut T::Headers) -> Context {
        let word = T::SEND.split(' ').next().unwrap_or_default();
        let attributes = self.attributes(word, "send", destination, T::owned(Step::Send, None));
        let span = self
            .tracer
            .span_builder(format!("{word} {destination}"))
            .with_kind(SpanKind::Producer)
            .with_attributes(attributes)
            .start(&self.tracer);
        let cx = Context::current_with_span(span);
        self.propagator.inject_context(&cx, &mut Put::<T>(headers));
        cx
    }

    /// Starts the span of handling a message, child of the span that sent it, and linked to it.
    pub(crate) fn process(&self, destination: &str, message: &T::Message) -> Context {
        let parent = self.propagator.extract_with_context(&Context::new(), &Get::<T>(message));
        let of_message = T::owned(Step::Process, Some(message));
        let mut attributes = self.attributes("process", "process", destination, of_message);
        attributes.push(KeyValue::new("messaging.consumer.group.name", self.group.clone()));
        let span = self
            .tracer
            .span_builder(format!("process {destination}"))
            .with_kind(SpanKind::Consumer)
            .with_attributes(attributes)
            .with_links(vec![Link::with_context(parent.span().span_context().clone())])
            .start_with_context(&self.tracer, &parent);
        parent.with_span(span)
    }

    fn attributes(
        &self,
        operation: &'static str,
        of_type: &'static str,
        destination: &str,
        of_message: Vec<KeyValue>,
    ) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(12);
        attributes.extend([
            KeyValue::new("messaging.system", T::NAME),
            KeyValue::new("messaging.operation.name", operation),
            KeyValue::new("messaging.operation.type", of_type),
            KeyValue::new("messaging.destination.name", destination.to_owned()),
            KeyValue::new("messaging.client.id", self.client_id.clone()),
            KeyValue::new("server.address", self.server.clone()),
            KeyValue::new("server.port", i64::from(self.port)),
        ]);
        attributes.extend(of_message);
        attributes
    }
}
