//! Other calls travel in the formats of messages.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;

use crate::lines::local;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SPAN: &str = "b7ad6b7169203331";

fn headers(all: &[(&str, String)]) -> HashMap<String, String> {
    all.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

#[test]
fn the_formats_are_those_that_the_variable_names() {
    let traceparent = || ("traceparent", format!("00-{TRACE}-{SPAN}-01"));
    let baggage = || ("baggage", "tenant=acme".to_owned());
    let b3 = || ("b3", format!("{TRACE}-{SPAN}-1"));
    for (list, found, fields) in [
        ("", &[traceparent(), baggage()][..], &["traceparent", "baggage"][..]),
        ("b3", &[b3()], &["b3"]),
        ("tracecontext,b3", &[traceparent(), b3()], &["traceparent", "b3"]),
    ] {
        let telemetry = local(&[("OTEL_PROPAGATORS", list)]).0.build().unwrap();
        let propagator = telemetry.text_map_propagator();
        let before = headers(found);
        let cx = propagator.extract_with_context(&Context::new(), &before);
        assert_eq!(cx.span().span_context().trace_id().to_string(), TRACE, "{list}");
        assert_eq!(cx.span().span_context().span_id().to_string(), SPAN, "{list}");
        assert!(cx.span().span_context().is_sampled() && cx.span().span_context().is_remote());
        let tenant = cx.baggage().get("tenant").map(ToString::to_string);
        assert_eq!(tenant.is_some(), list.is_empty(), "{list}: {tenant:?}");

        let mut after = HashMap::new();
        propagator.inject_context(&cx, &mut after);
        assert_eq!(after, before, "{list}");
        for field in fields {
            assert!(propagator.fields().any(|known| known == *field), "{list}: {field}");
        }
    }
}

#[test]
fn without_headers_the_context_stays_as_it_was() {
    let telemetry = local(&[]).0.build().unwrap();
    let propagator = telemetry.text_map_propagator();
    let cx = propagator.extract_with_context(&Context::new(), &headers(&[("traceparent", "broken".into())]));
    assert!(!cx.has_active_span() && cx.baggage().is_empty());
    let mut after = HashMap::new();
    propagator.inject_context(&Context::new(), &mut after);
    assert!(after.is_empty(), "{after:?}");
}
