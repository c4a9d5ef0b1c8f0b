//! The least a hop can cost with OpenTelemetry's SDK on these headers, as `floor` has it for Kafka's.

use std::hint::black_box;
use std::marker::PhantomData;

use opentelemetry::trace::{Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};

use super::transport::{Step, Transport};
use crate::floor::{decode, run};
use crate::mode::Mode;
use crate::traceparent::TRACEPARENT;

/// A service that knows everything beforehand.
pub(crate) struct Least<T> {
    mode: Mode,
    /// There is one if there is an SDK.
    tracer: Option<SdkTracer>,
    of: PhantomData<fn() -> T>,
}

impl<T: Transport> Least<T> {
    pub(crate) fn new(mode: Mode, tracer: Option<SdkTracer>) -> Self {
        Self { mode, tracer, of: PhantomData }
    }

    /// A span, child of the current one, and a constant header.
    pub(crate) fn send(&self, headers: &mut T::Headers) -> Option<Span> {
        let Some(tracer) = &self.tracer else {
            black_box(Context::map_current(Context::has_active_span));
            return None;
        };
        let builder = self.describe(Step::Send);
        let span = Context::map_current(|cx| tracer.build_with_context(builder, cx));
        *headers = T::put_constant(black_box(TRACEPARENT));
        Some(span)
    }

    /// Looks the header up and decodes it; a span with a link, in a context, for the handler to run in, ended.
    pub(crate) fn process<R>(&self, message: &T::Message, handler: impl FnOnce() -> R) -> R {
        let value = T::look_up(message, "traceparent").map(str::as_bytes);
        let remote = value.and_then(decode).unwrap_or(SpanContext::NONE);
        let Some(tracer) = &self.tracer else {
            let _active = Context::new().with_remote_span_context(remote).attach();
            return handler();
        };
        let mut builder = self.describe(Step::Process);
        if self.mode == Mode::Sampled {
            builder.links = Some(vec![Link::with_context(remote.clone())]);
        }
        let parent = Context::new().with_remote_span_context(remote);
        run(&parent, tracer.build_with_context(builder, &parent), handler)
    }

    /// A span that is not sampled needs no description.
    fn describe(&self, step: Step) -> SpanBuilder {
        let (name, kind) = match step {
            Step::Send => (T::SEND, SpanKind::Producer),
            Step::Process => (T::PROCESS, SpanKind::Consumer),
        };
        let mut builder = SpanBuilder::from_name(name);
        builder.span_kind = Some(kind);
        builder.attributes = (self.mode == Mode::Sampled).then(|| Self::attributes(step));
        builder
    }

    fn attributes(step: Step) -> Vec<KeyValue> {
        let mut attributes = T::literals(step);
        let (operation, of_type) = match step {
            Step::Send => ("publish", "send"),
            Step::Process => ("process", "process"),
        };
        attributes.extend([
            KeyValue::new("messaging.system", T::NAME),
            KeyValue::new("messaging.operation.name", operation),
            KeyValue::new("messaging.operation.type", of_type),
            KeyValue::new("messaging.destination.name", T::DESTINATION),
            KeyValue::new("messaging.client.id", "checkout-1"),
            KeyValue::new("server.address", "broker-1"),
            KeyValue::new("server.port", 4222),
        ]);
        if step == Step::Process {
            attributes.push(KeyValue::new("messaging.consumer.group.name", "checkout"));
        }
        attributes
    }
}
