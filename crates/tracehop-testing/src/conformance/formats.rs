//! Every format over a carrier, and every degree of trust.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use tracehop::{CarrierErrorKind, CreationContext, Format, MessagePropagator, MessagingTracer, Trust};

use super::carrier_under_test::CarrierUnderTest;
use crate::Header;
use crate::vectors::{SPAN_ID, TRACE_ID};

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
