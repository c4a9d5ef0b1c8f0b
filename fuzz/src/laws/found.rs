//! The smallest inputs that broke a law.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use tracehop::{Budget, CarrierMut, Format, MemoryHeaders, MessagePropagator, MessagingTracer};

const ORIGIN: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
const HOP: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn list<'h>(headers: impl IntoIterator<Item = (&'h str, &'h str)>) -> MemoryHeaders {
    headers.into_iter().map(|(name, value)| (name.to_owned(), Some(value.as_bytes().to_vec()))).collect()
}

fn tracer(propagator: MessagePropagator) -> MessagingTracer {
    MessagingTracer::builder().propagator(propagator).build()
}

fn span(trace_id: u128) -> Context {
    let span = SpanContext::new(trace_id.into(), 1.into(), TraceFlags::SAMPLED, false, TraceState::default());
    Context::new().with_remote_span_context(span)
}

#[test]
fn the_origin_of_an_event_does_not_hide_its_hop_wherever_it_stands_in_the_list() {
    let headers = list([("traceparent", HOP), ("ce_traceparent", ORIGIN)]);
    let propagator = MessagePropagator::builder().read([Format::CloudEvents, Format::TraceContext]).build();
    assert_eq!(propagator.extract(&headers).creation.to_string(), HOP);
}

#[test]
fn an_event_of_two_separators_has_one_origin_whatever_the_order_of_a_map() {
    let headers = list([("ce_traceparent", ORIGIN), ("ce-traceparent", "garbage")]);
    let reversed = list([("ce-traceparent", "garbage"), ("ce_traceparent", ORIGIN)]);
    let headers = super::any_order::as_map(&headers);
    let reversed = super::any_order::as_map(&reversed);
    let propagator = MessagePropagator::default();
    assert_eq!(propagator.origin(&headers), propagator.origin(&reversed));
}

#[test]
fn two_spellings_of_a_name_say_the_same_whatever_the_order_of_a_map() {
    let other = "0af7651916cd43dd8448eb211c80319c:00f067aa0ba902b7:0:1";
    let one = "0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331:0:1";
    let headers = super::any_order::as_map(&list([("Uber-Trace-Id", one), ("UBER-TRACE-ID", other)]));
    let reversed = super::any_order::as_map(&list([("UBER-TRACE-ID", other), ("Uber-Trace-Id", one)]));
    let propagator = MessagePropagator::builder().read([Format::Jaeger]).build();
    assert_eq!(propagator.extract(&headers).creation, propagator.extract(&reversed).creation);
}

#[test]
fn an_origin_that_is_written_has_its_own_tracestate() {
    let mut headers = list([("ce_tracestate", "vendor=1")]);
    let tracer = tracer(MessagePropagator::builder().write([Format::CloudEvents]).build());
    tracer.inject_context(&span(1), &mut headers).unwrap();
    assert_eq!(tracer.propagator().origin(&headers).tracestate(), None);
}

#[test]
fn a_context_of_datadog_does_not_stay_beside_one_that_it_cannot_hold() {
    let mut headers = list([("x-datadog-trace-id", "1"), ("x-datadog-parent-id", "2")]);
    let propagator = MessagePropagator::builder().write([Format::TraceContext, Format::Datadog]).build();
    tracer(propagator).inject_context(&span(1 << 64), &mut headers).unwrap();
    let datadog = MessagePropagator::builder().read([Format::Datadog]).build();
    assert!(!datadog.extract(&headers).creation.is_valid());
}

#[test]
fn baggage_of_jaeger_is_left_out_where_there_is_no_room() {
    let cx = span(1).with_baggage([opentelemetry::KeyValue::new("k", "v".repeat(100))]);
    let budget = Budget::default().written_bytes(100);
    let propagator = MessagePropagator::builder().write([Format::Jaeger]).budget(budget).build();
    let (patch, problems) = propagator.patch(cx.span().span_context(), &cx);
    let written: usize = patch.headers().map(|(name, value)| name.len() + value.len()).sum();
    assert!(written <= 100, "{written} bytes, {problems:?}");
}

#[test]
fn of_three_formats_one_is_written_where_there_is_no_room() {
    let formats = [Format::B3, Format::XRay, Format::Datadog];
    let budget = Budget::default().written_bytes(0);
    let propagator = MessagePropagator::builder().write(formats).budget(budget).build();
    let cx = span(1);
    let (patch, problems) = propagator.patch(cx.span().span_context(), &cx);
    let written: usize = patch.headers().map(|(name, value)| name.len() + value.len()).sum();
    assert!(written <= 145, "{written} bytes, {problems:?}");
}

#[test]
fn baggage_of_jaeger_that_is_on_a_message_stays_beside_what_is_written() {
    let mut headers = list([("uberctx-tenant", "a")]);
    let propagator = MessagePropagator::builder().read([Format::Jaeger]).write([Format::Jaeger]).build();
    let cx = span(1).with_baggage([opentelemetry::KeyValue::new("k", "v")]);
    let tracer = tracer(propagator);
    tracer.inject_context(&cx, &mut headers).unwrap();
    assert_eq!(tracer.extract(&headers).creation.baggage().len(), 2);
}

#[test]
fn a_name_of_jaeger_with_a_zero_byte_is_removed_from_kafka() {
    use crate::input::RawHeader;
    use crate::transports::{Kafka, Transport};

    let header = RawHeader { kind: RawHeader::TEXT, name: b"uberctx-a\0b".to_vec(), value: b"c".to_vec() };
    let mut headers = Kafka::build(&[header]);
    let tracer = tracer(MessagePropagator::default());
    headers.edit(&mut |carrier: &mut dyn CarrierMut| tracer.strip(carrier)).unwrap();
    assert_eq!(headers.dump(), []);
}
