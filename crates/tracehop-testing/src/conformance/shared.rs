//! The headers and contexts of the scenarios, and how they are built and compared.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use tracehop::{Carrier, HeaderPatch, MessagePropagator};

use super::carrier_under_test::CarrierUnderTest;
use crate::Header;
use crate::vectors::TRACE_ID;

pub(super) const CONTEXT_HEADERS: [&str; 3] = ["traceparent", "tracestate", "baggage"];

/// Headers that are not ours. Of some that are hard to carry, they are those that the transport can hold.
pub(super) fn foreign<C: CarrierUnderTest>() -> Vec<Header> {
    let candidates: [(&[u8], Option<&[u8]>); 9] = [
        (b"tenant", Some(b"a")),
        (b"Content-Type", Some(b"application/json")),
        (b"content-type", Some(b"text/plain")),
        (b"deleted", None),
        (b"flag", Some(b"")),
        (b"photo", Some(b"\x89PNG\r\n\x1a\n\xff\0")),
        (b"tag", Some(b"1")),
        (b"tag", Some(b"2")),
        (b"tag", Some(b"2")),
    ];
    let mut headers = Vec::new();
    for (name, value) in candidates {
        headers.push((name.to_vec(), value.map(<[u8]>::to_vec)));
        if C::build(&headers).is_none() {
            headers.pop();
        }
    }
    headers
}

pub(super) fn span_context(span_id: u64, flags: TraceFlags, state: TraceState) -> SpanContext {
    let trace_id = TraceId::from_hex(TRACE_ID).expect("it is hexadecimal");
    SpanContext::new(trace_id, SpanId::from(span_id), flags, false, state)
}

/// A context with everything that can be written: ids, `tracestate` and baggage.
pub(super) fn full_context(span_id: u64) -> Context {
    let state = TraceState::from_key_value([("vendor", "1")]).expect("it is valid");
    Context::new()
        .with_remote_span_context(span_context(span_id, TraceFlags::SAMPLED, state))
        .with_baggage([KeyValue::new("tenant", "a")])
}

/// What is written for [`full_context`].
pub(super) fn full_headers(span_id: u64) -> Vec<Header> {
    let traceparent = format!("00-{TRACE_ID}-{span_id:016x}-01");
    [("traceparent", traceparent.as_str()), ("tracestate", "vendor=1"), ("baggage", "tenant=a")]
        .map(|(name, value)| (name.into(), Some(value.into())))
        .to_vec()
}

pub(super) fn patch(cx: &Context) -> HeaderPatch {
    MessagePropagator::default().patch(cx.span().span_context(), cx).0
}

#[track_caller]
pub(super) fn apply(carrier: &mut impl CarrierUnderTest, patch: &HeaderPatch) {
    carrier.apply(patch).expect("every transport can hold the context headers");
}

#[track_caller]
pub(super) fn build<C: CarrierUnderTest>(headers: &[Header]) -> C {
    C::build(headers).expect("every transport can hold plain headers")
}

/// All headers of a carrier, in the form in which they are compared.
pub(super) fn dump<C: CarrierUnderTest>(carrier: &C) -> Vec<String> {
    comparable::<C>(carrier.dump())
}

/// A line for each header. The context headers are last, because their places do not matter. If the carrier has no order,
/// all headers are sorted.
pub(super) fn comparable<C: CarrierUnderTest>(headers: Vec<Header>) -> Vec<String> {
    let is_context = |(name, _): &Header| CONTEXT_HEADERS.iter().any(|known| known.as_bytes() == name);
    let (mut context, mut foreign): (Vec<Header>, Vec<Header>) = headers.into_iter().partition(is_context);
    context.sort();
    if !C::ORDERED {
        foreign.sort();
    }
    let line = |(name, value): Header| match value {
        Some(value) => format!("{}: {}", name.escape_ascii(), value.escape_ascii()),
        None => format!("{} is null", name.escape_ascii()),
    };
    foreign.into_iter().chain(context).map(line).collect()
}

/// The values under `name`.
pub(super) fn values(carrier: &impl Carrier, name: &str) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    carrier.values(name, &mut |value| values.push(value.to_vec()));
    values
}

pub(super) fn text(name: &[u8]) -> &str {
    std::str::from_utf8(name).expect("the names here are text")
}

pub(super) fn shortened(text: &str) -> String {
    text.chars().take(20).collect()
}
