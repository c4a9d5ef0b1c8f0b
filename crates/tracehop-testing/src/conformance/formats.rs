//! Every format over a carrier, and every degree of trust.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use tracehop::{
    Carrier, CarrierErrorKind, ClientFacts, ClientTracer, CreationContext, Describe, Destination, Format,
    Inbound, MessageInfo, MessagePropagator, MessagingSystem, MessagingTracer, Trust,
};

use super::carrier_under_test::CarrierUnderTest;
use crate::vectors::{SPAN_ID, TRACE_ID};
use crate::{Header, SpanRecorder};

/// What is written in each format is read back, as much of it as the format holds, and no other header is touched.
///
/// # Panics
///
/// Panics if another context is read than was written, if the transport refuses a format of text, or if another header is
/// lost or changed.
#[track_caller]
pub fn formats<C: CarrierUnderTest>() {
    for format in Format::ALL {
        let Some(carrier) = written::<C>(format) else { continue };
        let extracted = propagator(format).extract(&carrier);
        assert_eq!(extracted.creation, expected(format), "{format}");
        assert!(extracted.problems.is_empty(), "{format}: {:?}", extracted.problems);
        assert!(carrier.dump().contains(&tenant()), "{format}: the other header");
    }
}

/// Each degree of trust takes as much of a context as it says, in every format.
///
/// # Panics
///
/// Panics if more of a context is taken than the source is trusted with, or less.
#[track_caller]
pub fn trust<C: CarrierUnderTest>() {
    for format in Format::ALL {
        let Some(carrier) = written::<C>(format) else { continue };
        let whole = expected(format);
        let span = SpanContext::new(
            whole.trace_id(),
            whole.span_id(),
            TraceFlags::NOT_SAMPLED,
            true,
            TraceState::NONE,
        );
        let link = CreationContext::from_context(&Context::new().with_remote_span_context(span));
        for (trust, expected) in
            [(Trust::Full, &whole), (Trust::LinkOnly, &link), (Trust::Ignore, &CreationContext::NONE)]
        {
            let tracer = MessagingTracer::builder().propagator(propagator(format)).trust(trust).build();
            assert_eq!(tracer.extract(&carrier).creation, *expected, "{format}, {trust}");
            assert_eq!(tracer.explain(&carrier).extracted().creation, *expected, "{format}, {trust}");
        }
        for trust in [Trust::LinkOnly, Trust::Ignore] {
            a_copy_carries_nothing::<C>(format, trust);
        }
    }
}

/// Before, in and after the handler.
#[track_caller]
fn a_copy_carries_nothing<C: CarrierUnderTest>(format: Format, trust: Trust) {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().propagator(propagator(format)).build();
    let client = ClientTracer::<Paper>::new(&tracer, ClientFacts::default());
    let Some(carrier) = written::<C>(format) else { return };
    let received = tracer.with_trust(trust).receive::<Paper, _>(Page(carrier));
    let check = |when: &str| {
        let Some(mut copy) = written::<C>(format) else { return };
        client.send(&MessageInfo::to(Destination::named("copies")), &mut copy).end();
        let read = propagator(format).extract(&copy).creation;
        assert!(
            read.trace_id() != expected(format).trace_id()
                || format == Format::CloudEvents
                || !read.is_valid(),
            "{format}, {trust}, {when}: the span"
        );
        assert!(read.baggage().is_empty(), "{format}, {trust}, {when}: the baggage");
        assert!(
            format == Format::CloudEvents || read.tracestate().is_none(),
            "{format}, {trust}, {when}: the tracestate"
        );
        assert!(copy.dump().contains(&tenant()), "{format}, {trust}, {when}: the other header");
    };
    check("before the handler");
    received.process_blocking(|| check("in the handler"));
    check("after the handler");
}

/// A messaging system of no more than headers.
enum Paper {}

impl MessagingSystem for Paper {
    const NAME: &'static str = "paper";
}

struct Page<C>(C);

impl<C: Carrier> Inbound<Paper> for Page<C> {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named("pages"))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.0
    }
}

fn propagator(format: Format) -> MessagePropagator {
    MessagePropagator::builder().read([format]).write([format]).build()
}

fn tenant() -> Header {
    (b"x-tenant".to_vec(), Some(b"a".to_vec()))
}

/// A message that carries the context in one format; `None` if the format has bytes that the transport cannot hold.
#[track_caller]
fn written<C: CarrierUnderTest>(format: Format) -> Option<C> {
    let state = TraceState::from_key_value([("vendor", "1")]).expect("it is well-formed");
    let trace_id = TraceId::from_hex(TRACE_ID).expect("it is hexadecimal");
    let span_id = SpanId::from_hex(SPAN_ID).expect("it is hexadecimal");
    let span = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, state);
    let cx = Context::new().with_remote_span_context(span).with_baggage([KeyValue::new("user", "b c")]);
    let mut carrier = C::build(&[tenant()]).expect("every transport can hold plain headers");
    let tracer = MessagingTracer::builder().propagator(propagator(format)).build();
    match tracer.inject_context(&cx, &mut carrier) {
        Ok(()) => Some(carrier),
        Err(error) => {
            let is_binary = matches!(format, Format::Binary | Format::Elastic);
            assert!(is_binary && error.kind() == CarrierErrorKind::Value, "{format}: {error}");
            println!("not representable: {format}");
            None
        }
    }
}

/// As much as a format holds.
fn expected(format: Format) -> CreationContext {
    let has_state = matches!(format, Format::TraceContext | Format::Binary | Format::CloudEvents);
    let has_baggage = matches!(format, Format::Baggage | Format::Jaeger);
    let line = [
        if format == Format::Baggage { String::new() } else { format!("00-{TRACE_ID}-{SPAN_ID}-01") },
        if has_state { ";tracestate=vendor=1".to_owned() } else { String::new() },
        if has_baggage { ";baggage=user=b%20c".to_owned() } else { String::new() },
    ];
    line.concat().parse().expect("it is well-formed")
}
