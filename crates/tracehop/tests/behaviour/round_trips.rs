//! Whatever is written, to headers or to a row, is read back.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use proptest::prelude::*;
use tracehop::{CreationContext, Format, MemoryHeaders, MessagePropagator, MessagingTracer};

/// A context that code can make, whether or not it can be written.
fn contexts() -> impl Strategy<Value = Context> {
    let text = prop_oneof!["[ -~]{0,8}", ".{0,6}", "[ \t]{0,2}[a-z]{0,2}[ \t]{0,2}"];
    let members = proptest::collection::vec(("[a-z0-9][a-z0-9_*/@-]{0,3}|.{0,3}", text.clone()), 0..5);
    let baggage = proptest::collection::vec(("[a-z]{1,4}|.{0,3}", text), 0..5);
    let ids = (prop_oneof![Just(0), any::<u128>()], prop_oneof![Just(0), any::<u64>()]);
    (ids, any::<u8>(), members, baggage).prop_map(|((trace_id, span_id), flags, members, baggage)| {
        // OpenTelemetry's type refuses some of them, one by one.
        let held: Vec<_> = members
            .into_iter()
            .filter(|(key, value)| TraceState::from_key_value([(key.as_str(), value.as_str())]).is_ok())
            .collect();
        let state = TraceState::from_key_value(held).unwrap_or_default();
        let (trace_id, span_id) = (TraceId::from(trace_id), SpanId::from(span_id));
        let span = SpanContext::new(trace_id, span_id, TraceFlags::new(flags), true, state);
        let baggage = baggage.into_iter().map(|(key, value)| KeyValue::new(key, value));
        Context::new().with_remote_span_context(span).with_baggage(baggage)
    })
}

/// The headers that a message of this context carries in these formats.
fn written(formats: &[Format], cx: &Context) -> (MessagePropagator, MemoryHeaders) {
    let propagator =
        MessagePropagator::builder().read(formats.iter().copied()).write(formats.iter().copied()).build();
    let tracer = MessagingTracer::builder().propagator(propagator.clone()).build();
    let mut headers = MemoryHeaders::new();
    tracer.inject_context(cx, &mut headers).unwrap();
    (propagator, headers)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_row_is_read_back(cx in contexts()) {
        let creation = CreationContext::from_context(&cx);
        prop_assert_eq!(&creation.to_string().parse::<CreationContext>(), &Ok(creation.clone()));
        let json = serde_json::to_string(&creation).unwrap();
        prop_assert_eq!(&serde_json::from_str::<CreationContext>(&json).unwrap(), &creation);
        // It is what the next context is made of as well.
        prop_assert_eq!(&CreationContext::from_context(&creation.to_context()), &creation);
    }

    #[test]
    fn headers_are_read_back(cx in contexts()) {
        let creation = CreationContext::from_context(&cx);
        for formats in [&[Format::TraceContext, Format::Baggage][..], &[Format::Binary, Format::Baggage]] {
            let (propagator, headers) = written(formats, &cx);
            let extracted = propagator.extract(&headers);
            prop_assert_eq!(&extracted.creation, &creation, "{:?}", formats);
            prop_assert!(extracted.problems.is_empty(), "{:?}: {:?}", formats, extracted.problems);
        }
    }

    #[test]
    fn headers_of_every_format_are_read_back(cx in contexts()) {
        let creation = CreationContext::from_context(&cx);
        for format in Format::ALL {
            let (propagator, headers) = written(&[format], &cx);
            let extracted = propagator.extract(&headers);
            prop_assert!(extracted.problems.is_empty(), "{}: {:?}", format, extracted.problems);
            let read = extracted.creation;
            let has_low_half = creation.trace_id().to_bytes()[8..] != [0; 8];
            let has_span = format != Format::Baggage && (format != Format::Datadog || has_low_half);
            if has_span {
                prop_assert_eq!(read.trace_id(), creation.trace_id(), "{}", format);
                prop_assert_eq!(read.span_id(), creation.span_id(), "{}", format);
                prop_assert_eq!(read.is_sampled(), creation.is_sampled(), "{}", format);
            } else {
                prop_assert!(!read.is_valid(), "{}", format);
            }
        }
    }
}

#[test]
fn what_the_wire_cannot_hold_is_left_out_and_the_rest_is_read_back() {
    let state = |members: &[(&str, &str)]| TraceState::from_key_value(members.iter().copied()).unwrap();
    let many: Vec<(String, &str)> = (0..40).map(|i| (format!("k{i:02}"), "1")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    let first: Vec<String> = (0..32).map(|i| format!("k{i:02}=1")).collect();
    for (state, expected) in [
        (state(&[("k", " "), ("vendor", "1")]), "vendor=1"),
        (state(&[("k", "a "), ("vendor", "1")]), "vendor=1"),
        (state(&[("k", " a")]), "k= a"),
        (state(&many), &first.join(",")),
    ] {
        let span = SpanContext::new(1.into(), 1.into(), TraceFlags::SAMPLED, true, state);
        let cx = Context::new().with_remote_span_context(span);
        let (propagator, headers) = written(&[Format::TraceContext], &cx);
        let extracted = propagator.extract(&headers);
        assert_eq!(extracted.creation.tracestate(), Some(expected));
        assert!(extracted.problems.is_empty());
    }
}

#[test]
fn a_row_with_a_state_of_no_span_is_refused() {
    for line in [";tracestate=a=1", ";tracestate=a=1;baggage=b=2"] {
        assert!(line.parse::<CreationContext>().is_err(), "{line}");
    }
    assert!(serde_json::from_str::<CreationContext>(r#"{"tracestate":"a=1"}"#).is_err());
}

#[test]
fn an_invalid_span_leaves_nothing_in_a_row() {
    let state = TraceState::from_key_value([("a", "b")]).unwrap();
    for (trace_id, span_id) in [(0, 0), (1, 0), (0, 1)] {
        let span = SpanContext::new(
            TraceId::from(trace_id),
            SpanId::from(span_id),
            TraceFlags::SAMPLED,
            true,
            state.clone(),
        );
        let creation = CreationContext::from_context(&Context::new().with_remote_span_context(span));
        assert_eq!(creation, CreationContext::NONE);
        assert_eq!(creation.to_string(), "");
    }
}
