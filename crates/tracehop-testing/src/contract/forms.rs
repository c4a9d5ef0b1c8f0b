//! The forms that are sent.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use tracehop::{CreationContext, Format, MemoryHeaders, MessagePropagator, MessagingTracer, Repeats};

use super::form::Form;
use crate::corpus;
use crate::vectors::{self, SPAN_ID, TRACE_ID, Vector};

/// The vectors that every implementation of the W3C's specifications passes, in whatever language.
pub(super) const BASIC: [&str; 9] = [
    "v00_continues",
    "unsampled_continues",
    "later_version_continues_as_v00",
    "version_ff_restarts",
    "zero_trace_id_restarts",
    "zero_span_id_restarts",
    "missing_flags_restart",
    "key_starting_with_a_digit_is_kept",
    "baggage_travels_beside_a_trace",
];

/// Every vector, and why it is left out if it is.
pub(super) fn vectors(basic: bool, aliases: &[String]) -> Vec<(Vector, Option<&'static str>)> {
    let reason = |vector: &Vector| match vector.alias {
        Some(alias) if !aliases.iter().any(|known| known == alias) => Some("the alias is not known"),
        _ if vector.repeats == Repeats::Reject => Some("it is for readers that refuse repeats"),
        _ => None,
    };
    let all = vectors::all().into_iter().filter(|vector| !basic || BASIC.contains(&vector.name));
    all.map(|vector| (reason(&vector), vector)).map(|(reason, vector)| (vector, reason)).collect()
}

/// All hostile headers.
pub(super) fn hostile(first: usize) -> Vec<Form> {
    let form = |(i, hostile): (usize, corpus::Hostile)| {
        Form::new(hostile.name, hostile.reason, hostile.headers, first + i).hostile(hostile.has_context)
    };
    corpus::hostile().into_iter().enumerate().map(form).collect()
}

/// A context as another format has it, with as much of it as the format holds.
pub(super) fn of_format(format: Format, number: usize) -> Form {
    let (trace_id, span_id) = (TraceId::from_hex(TRACE_ID), SpanId::from_hex(SPAN_ID));
    let (trace_id, span_id) = (trace_id.expect("it is hexadecimal"), span_id.expect("it is hexadecimal"));
    let state = TraceState::from_key_value([("vendor", "1")]).unwrap_or(TraceState::NONE);
    let span = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, state);
    let cx = Context::new().with_remote_span_context(span).with_baggage([KeyValue::new("user", "a")]);
    let mut headers = MemoryHeaders::new();
    let tracer = MessagingTracer::builder().propagator(propagator(&[format])).build();
    tracer.inject_context(&cx, &mut headers).expect("these headers hold everything");
    let headers: Vec<_> =
        headers.into_vec().into_iter().map(|(name, value)| (name.into_bytes(), value)).collect();
    let read = read(&propagator(&[format]), &headers);
    let mut form = Form::new(format!("format_{format}"), "the service was said to read it", headers, number);
    let continued = read.is_valid().then(|| (read.span_id(), true));
    let tracestate = read.tracestate().map(str::to_owned);
    // A format that writes the id in parts keeps that of the vectors.
    let marked = self::read(&propagator(&[format]), &form.headers);
    if marked.is_valid() {
        form.expected.trace_id = marked.trace_id();
    }
    form.wanting(continued, tracestate, baggage(&read))
}

/// It reads these formats; without any, what the W3C has.
pub(super) fn propagator(formats: &[Format]) -> MessagePropagator {
    if formats.is_empty() {
        return MessagePropagator::default();
    }
    let formats = || formats.iter().copied();
    MessagePropagator::builder().read(formats()).write(formats()).build()
}

pub(super) fn read(propagator: &MessagePropagator, headers: &[crate::Header]) -> CreationContext {
    let text = |(name, value): &crate::Header| (String::from_utf8_lossy(name).into_owned(), value.clone());
    let headers: MemoryHeaders = headers.iter().map(text).collect();
    propagator.extract(&headers).creation
}

/// Sorted.
pub(super) fn baggage(creation: &CreationContext) -> Vec<(String, String)> {
    let mut members: Vec<(String, String)> = creation
        .baggage()
        .iter()
        .map(|(key, (value, _))| (key.as_str().to_owned(), value.as_str().to_owned()))
        .collect();
    members.sort();
    members
}
