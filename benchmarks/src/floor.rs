//! The least a hop can cost with OpenTelemetry's SDK, written straight on its API.
//!
//! Every text is a literal, so that no attribute is copied, and nothing is checked that need not be: a header is taken to
//! be well formed, and a name to be UTF-8. What a library may do beyond this, and how little of it, is the question.

use std::hint::black_box;

use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanKind, TraceContextExt, TraceFlags, TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};
use rdkafka::message::{BorrowedHeaders, Header, Headers, OwnedHeaders};

use crate::mode::Mode;
use crate::traceparent::TRACEPARENT;

/// What a service that knows everything beforehand needs for its hops.
pub(crate) struct Floor {
    mode: Mode,
    /// There is one if there is an SDK.
    tracer: Option<SdkTracer>,
}

impl Floor {
    pub(crate) fn new(mode: Mode, tracer: Option<SdkTracer>) -> Self {
        Self { mode, tracer }
    }

    /// A span with eight attributes, child of the current one, and a constant header. Without an SDK all there is to do is
    /// to see that there is nothing to pass on.
    pub(crate) fn send(&self, headers: &mut Option<OwnedHeaders>) -> Option<Span> {
        let Some(tracer) = &self.tracer else {
            black_box(Context::map_current(Context::has_active_span));
            return None;
        };
        let builder = self.describe("send orders", SpanKind::Producer, || {
            vec![
                KeyValue::new("messaging.system", "kafka"),
                KeyValue::new("messaging.operation.name", "send"),
                KeyValue::new("messaging.operation.type", "send"),
                KeyValue::new("messaging.destination.name", "orders"),
                KeyValue::new("messaging.destination.partition.id", "3"),
                KeyValue::new("messaging.client.id", "checkout-1"),
                KeyValue::new("server.address", "kafka-1"),
                KeyValue::new("server.port", 9092),
            ]
        });
        let span = Context::map_current(|cx| tracer.build_with_context(builder, cx));
        *headers = Some(put_constant());
        Some(span)
    }

    /// Looks the header up and decodes it; a span with ten attributes and a link, in a context, for the handler to run in,
    /// ended. Without an SDK the message's own context is what the handler runs in.
    pub(crate) fn process<T>(
        &self,
        headers: Option<&BorrowedHeaders>,
        offset: i64,
        handler: impl FnOnce() -> T,
    ) -> T {
        let remote = headers.and_then(look_up).and_then(decode).unwrap_or(SpanContext::NONE);
        let Some(tracer) = &self.tracer else {
            let _active = Context::new().with_remote_span_context(remote).attach();
            return handler();
        };
        let mut builder = self.describe("process orders", SpanKind::Consumer, || {
            vec![
                KeyValue::new("messaging.system", "kafka"),
                KeyValue::new("messaging.operation.name", "process"),
                KeyValue::new("messaging.operation.type", "process"),
                KeyValue::new("messaging.destination.name", "orders"),
                KeyValue::new("messaging.destination.partition.id", "3"),
                KeyValue::new("messaging.kafka.offset", offset),
                KeyValue::new("messaging.client.id", "checkout-1"),
                KeyValue::new("messaging.consumer.group.name", "checkout"),
                KeyValue::new("server.address", "kafka-1"),
                KeyValue::new("server.port", 9092),
            ]
        });
        if self.mode == Mode::Sampled {
            builder.links = Some(vec![Link::with_context(remote.clone())]);
        }
        let parent = Context::new().with_remote_span_context(remote);
        run(&parent, tracer.build_with_context(builder, &parent), handler)
    }

    /// A span with ten attributes, child of the current one.
    pub(crate) fn settle(&self, offset: i64) -> Option<Span> {
        let tracer = self.tracer.as_ref()?;
        let builder = self.describe("commit orders", SpanKind::Client, || {
            vec![
                KeyValue::new("messaging.system", "kafka"),
                KeyValue::new("messaging.operation.name", "commit"),
                KeyValue::new("messaging.operation.type", "settle"),
                KeyValue::new("messaging.destination.name", "orders"),
                KeyValue::new("messaging.destination.partition.id", "3"),
                KeyValue::new("messaging.kafka.offset", offset),
                KeyValue::new("messaging.client.id", "checkout-1"),
                KeyValue::new("messaging.consumer.group.name", "checkout"),
                KeyValue::new("server.address", "kafka-1"),
                KeyValue::new("server.port", 9092),
            ]
        });
        Some(Context::map_current(|cx| tracer.build_with_context(builder, cx)))
    }

    /// One span of handling several messages, with a link to each that says its offset. All are of one partition.
    pub(crate) fn process_batch<'h, T>(
        &self,
        messages: impl ExactSizeIterator<Item = (Option<&'h BorrowedHeaders>, i64)>,
        handler: impl FnOnce() -> T,
    ) -> T {
        let count = i64::try_from(messages.len()).unwrap_or_default();
        let mut links = Vec::with_capacity(messages.len());
        links.extend(messages.filter_map(|(headers, offset)| {
            let place = vec![KeyValue::new("messaging.kafka.offset", offset)];
            Some(Link::new(look_up(headers?).and_then(decode)?, place, 0))
        }));
        let Some(tracer) = &self.tracer else { return handler() };
        let mut builder = self.describe("process orders", SpanKind::Consumer, || {
            vec![
                KeyValue::new("messaging.system", "kafka"),
                KeyValue::new("messaging.operation.name", "process"),
                KeyValue::new("messaging.operation.type", "process"),
                KeyValue::new("messaging.destination.name", "orders"),
                KeyValue::new("messaging.destination.partition.id", "3"),
                KeyValue::new("messaging.client.id", "checkout-1"),
                KeyValue::new("messaging.consumer.group.name", "checkout"),
                KeyValue::new("server.address", "kafka-1"),
                KeyValue::new("server.port", 9092),
                KeyValue::new("messaging.batch.message_count", count),
            ]
        });
        builder.links = Some(links);
        let parent = Context::new();
        run(&parent, tracer.build_with_context(builder, &parent), handler)
    }

    /// A span that is not sampled needs no description.
    fn describe(
        &self,
        name: &'static str,
        kind: SpanKind,
        attributes: impl FnOnce() -> Vec<KeyValue>,
    ) -> SpanBuilder {
        let mut builder = SpanBuilder::from_name(name);
        builder.span_kind = Some(kind);
        builder.attributes = (self.mode == Mode::Sampled).then(attributes);
        builder
    }
}

/// Runs the handler inside the span, which ends.
pub(crate) fn run<T>(parent: &Context, span: Span, handler: impl FnOnce() -> T) -> T {
    let cx = if span.is_recording() {
        parent.with_span(span)
    } else {
        // Its context is all that anyone can ask of it: that needs no box.
        parent.with_remote_span_context(span.span_context().clone())
    };
    let result = {
        let _active = cx.clone().attach();
        handler()
    };
    cx.span().end();
    result
}

/// One constant header in new headers.
pub(crate) fn put_constant() -> OwnedHeaders {
    OwnedHeaders::new_with_capacity(1)
        .insert(Header { key: "traceparent", value: Some(black_box(TRACEPARENT)) })
}

/// The value of the first header with the name, by rdkafka's own iterator. Among several headers librdkafka's search in C,
/// which rdkafka does not offer, is cheaper.
pub(crate) fn look_up(headers: &BorrowedHeaders) -> Option<&[u8]> {
    headers.iter().find(|header| header.key == "traceparent")?.value
}

/// Reads the digits of a value that is well formed.
pub(crate) fn decode(value: &[u8]) -> Option<SpanContext> {
    let [_, _, _, ids @ .., _, _, flags] = value.first_chunk::<55>()?;
    let (high, rest) = ids.split_first_chunk::<16>()?;
    let (low, rest) = rest.split_first_chunk::<16>()?;
    let span_id = rest.last_chunk::<16>()?;
    let trace_id = u128::from(sixteen(high)?) << 64 | u128::from(sixteen(low)?);
    let flags = TraceFlags::new(flags & 0xf);
    Some(SpanContext::new(trace_id.into(), sixteen(span_id)?.into(), flags, true, TraceState::NONE))
}

fn sixteen(digits: &[u8; 16]) -> Option<u64> {
    Some(eight(*digits.first_chunk()?) << 32 | eight(*digits.last_chunk()?))
}

/// Eight hexadecimal digits at once: each byte becomes its value, then neighbours move together.
fn eight(digits: [u8; 8]) -> u64 {
    let text = u64::from_be_bytes(digits);
    let values = (text & 0x0f0f_0f0f_0f0f_0f0f) + 9 * (text >> 6 & 0x0101_0101_0101_0101);
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    (fours | fours >> 16) & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traceparent::span_context;

    #[test]
    fn the_floor_reads_the_header_that_it_writes() {
        let headers = put_constant();
        let read = look_up(headers.as_borrowed()).and_then(decode);
        assert_eq!(read, Some(span_context(true, TraceState::NONE)));
        assert_eq!(decode(b"short"), None);
    }
}
