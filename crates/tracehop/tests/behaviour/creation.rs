//! Creation contexts as plain data: stored, shown, and brought back.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use proptest::prelude::*;
use tracehop::{CreationContext, MemoryHeaders, MessagePropagator};

use crate::mail::{TRACEPARENT, application_span, headers_of, recorded};

const FULL: &str =
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03;tracestate=a@b@c=1;baggage=tenant=a;p=1";

fn parse(line: &str) -> CreationContext {
    line.parse().unwrap()
}

#[test]
fn the_text_form_survives_the_round_trip() {
    for line in [
        "",
        TRACEPARENT,
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;tracestate=vendor=1,other=a;b",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00;baggage=tenant=a;tracestate=x,b=1;baggage=2",
        ";baggage=tenant=a",
        FULL,
    ] {
        assert_eq!(parse(line).to_string(), line);
        assert_eq!(parse(&parse(line).to_string()), parse(line));
    }
}

#[cfg(feature = "serde")]
#[test]
fn the_json_form_is_the_headers() {
    let json = serde_json::to_value(parse(FULL)).unwrap();
    let expected = serde_json::json!({
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03",
        "tracestate": "a@b@c=1",
        "baggage": "tenant=a;p=1",
    });
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_value::<CreationContext>(json).unwrap(), parse(FULL));
}

#[cfg(feature = "serde")]
#[test]
fn headers_that_are_not_there_are_null_and_may_be_missing() {
    let json = serde_json::to_string(&parse(TRACEPARENT)).unwrap();
    assert_eq!(json, format!(r#"{{"traceparent":"{TRACEPARENT}","tracestate":null,"baggage":null}}"#));
    assert_eq!(serde_json::from_str::<CreationContext>(&json).unwrap(), parse(TRACEPARENT));
    let short = format!(r#"{{"traceparent":"{TRACEPARENT}","written_by":"a later version"}}"#);
    assert_eq!(serde_json::from_str::<CreationContext>(&short).unwrap(), parse(TRACEPARENT));
    assert_eq!(serde_json::from_str::<CreationContext>("{}").unwrap(), CreationContext::NONE);
}

#[test]
fn a_stored_row_that_is_wrong_is_an_error_that_says_what_is() {
    let long = format!("{TRACEPARENT};baggage=a={}", "x".repeat(9000));
    for (line, part) in [
        ("garbage", "traceparent"),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-", "traceparent"),
        ("tracestate=vendor=1", "traceparent"),
        (&format!("{TRACEPARENT};tracestate=Vendor=1"), "tracestate"),
        (&format!("{TRACEPARENT};tracestate=vendor"), "tracestate"),
        (&format!("{TRACEPARENT};baggage=a"), "baggage"),
        (&long, "baggage"),
    ] {
        let error = line.parse::<CreationContext>().unwrap_err();
        let expected = format!("invalid creation context: the {part} is not as W3C");
        assert!(error.to_string().starts_with(&expected), "{error} for {line}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn stored_json_that_is_wrong_is_an_error_that_says_what_is() {
    let json = serde_json::from_str::<CreationContext>(r#"{"traceparent":"garbage"}"#).unwrap_err();
    assert!(json.to_string().contains("the traceparent is not as W3C Trace Context says"), "{json}");
}

#[test]
fn none_is_empty_in_every_form() {
    let none = CreationContext::NONE;
    assert!(!none.is_valid() && !none.is_sampled());
    assert_eq!(none, CreationContext::default());
    assert_eq!(none, CreationContext::from_context(&Context::new()));
    assert_eq!((none.to_string().as_str(), none.tracestate(), none.baggage().len()), ("", None, 0));
    assert!(!none.span_context().is_valid());
    assert!(!none.to_context().has_active_span());
}

#[test]
fn baggage_alone_is_not_a_span() {
    let creation = parse(";baggage=tenant=a");
    assert!(!creation.is_valid());
    assert_eq!(creation.baggage().get("tenant").map(opentelemetry::StringValue::as_str), Some("a"));
    let cx = creation.to_context();
    assert!(!cx.has_active_span());
    assert_eq!(cx.baggage().len(), 1);
}

#[test]
fn as_a_context_it_is_a_remote_parent_with_everything_it_carried() {
    let creation = parse(FULL);
    let cx = creation.to_context();
    assert!(cx.span().span_context().is_remote());
    assert_eq!(cx.span().span_context(), &creation.span_context());
    assert_eq!(CreationContext::from_context(&cx), creation);
}

#[test]
fn the_context_a_message_would_carry_is_the_one_it_does() {
    let (spans, post) = recorded();
    let cx = application_span(&spans, "place order");
    let mut headers = MemoryHeaders::new();
    post.client.tracer().inject_context(&cx, &mut headers).unwrap();
    assert_eq!(CreationContext::from_context(&cx), post.client.tracer().extract(&headers).creation);
}

#[test]
fn debug_output_leaves_the_baggage_out() {
    let text =
        format!("{:?}", parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01;baggage=user=alice"));
    assert!(text.contains("0af7651916cd43dd8448eb211c80319c") && !text.contains("alice"), "{text}");
}

proptest! {
    #[test]
    fn what_any_headers_are_read_as_can_be_stored_and_brought_back(
        tracestate in "[a-c@=,; \t]{0,24}",
        baggage in "[a-c=,; %4\t]{0,24}",
    ) {
        let headers = headers_of([("traceparent", TRACEPARENT), ("tracestate", &tracestate), ("baggage", &baggage)]);
        let creation = MessagePropagator::default().extract(&headers).creation;
        prop_assert_eq!(&creation.to_string().parse::<CreationContext>().unwrap(), &creation);
        #[cfg(feature = "serde")]
        {
            let json = serde_json::to_string(&creation).unwrap();
            prop_assert_eq!(serde_json::from_str::<CreationContext>(&json).unwrap(), creation);
        }
    }

    #[test]
    fn no_line_makes_parsing_panic(line: String) {
        let _ = line.parse::<CreationContext>();
    }
}

#[test]
fn half_of_a_span_is_none() {
    for (trace_id, span_id, is_valid) in [(1_u128, 1_u64, true), (1, 0, false), (0, 1, false), (0, 0, false)]
    {
        let span = SpanContext::new(
            trace_id.into(),
            span_id.into(),
            TraceFlags::default(),
            true,
            TraceState::default(),
        );
        let creation = CreationContext::from_context(&Context::new().with_remote_span_context(span));
        assert_eq!(creation.is_valid(), is_valid, "trace {trace_id}, span {span_id}");
        assert_eq!(creation.to_string().is_empty(), !is_valid);
        assert_eq!(creation.to_context().has_active_span(), is_valid);
    }
}
