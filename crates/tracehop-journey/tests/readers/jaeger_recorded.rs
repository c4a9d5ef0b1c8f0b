//! What a real Jaeger answered, against what it was sent.

use std::time::{Duration, SystemTime};

use tracehop_journey::otlp::{spans_of, traces_from_json};
use tracehop_journey::query::{Answer, QueryError, jaeger_services, jaeger_traces, jaeger_v3_traces};
use tracehop_journey::{Attribute, JourneySpan};

const SENT: &str = include_str!("answers/jaeger-sent.json");
const STOREFRONT: [&str; 2] = [
    include_str!("answers/jaeger-trace-storefront.json"),
    include_str!("answers/jaeger-v3-trace-storefront.json"),
];
const CHECKOUT: [&str; 2] = [
    include_str!("answers/jaeger-trace-checkout.json"),
    include_str!("answers/jaeger-v3-trace-checkout.json"),
];
const PAYMENTS: [&str; 2] = [
    include_str!("answers/jaeger-trace-payments.json"),
    include_str!("answers/jaeger-v3-trace-payments.json"),
];

/// What a span says, in an order of its own: Jaeger sorts attributes. Values are text: Jaeger's first API makes lists texts.
fn said(span: &JourneySpan, time: fn(SystemTime) -> SystemTime) -> String {
    let sorted = |attributes: &[Attribute]| {
        let texts = attributes.iter().map(|it| format!("{}={}", it.key, it.value));
        let mut texts: Vec<String> = texts.collect();
        texts.sort();
        texts
    };
    let events = span.events().iter().map(|it| (&it.name, time(it.at), sorted(&it.attributes)));
    format!(
        "{:?}",
        (
            (span.key(), span.parent(), span.links()),
            (span.name(), span.kind(), span.status()),
            (time(span.started()), time(span.ended())),
            (sorted(span.attributes()), events.collect::<Vec<_>>()),
            (sorted(span.source().resource()), span.source().scope_name(), span.source().scope_version()),
        )
    )
}

fn nanos(time: SystemTime) -> SystemTime {
    time
}

fn micros(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(since.as_micros()).unwrap())
}

fn check(service: &str, answer: &Answer, time: fn(SystemTime) -> SystemTime) {
    let sent = spans_of(traces_from_json(SENT.as_bytes()).unwrap()).spans;
    let mut sent: Vec<String> =
        sent.iter().filter(|it| it.service() == service).map(|span| said(span, time)).collect();
    let mut read: Vec<String> = answer.spans.iter().map(|span| said(span, time)).collect();
    sent.sort();
    read.sort();
    assert!(!sent.is_empty());
    assert_eq!(read, sent, "{service}");
}

#[test]
fn the_third_api_gives_back_what_was_sent() {
    for (service, [_, v3]) in [("storefront", STOREFRONT), ("checkout", CHECKOUT), ("payments", PAYMENTS)] {
        check(service, &jaeger_v3_traces(v3.as_bytes()).unwrap(), nanos);
    }
}

#[test]
fn the_first_api_gives_back_microseconds() {
    for (service, [v1, _]) in [("storefront", STOREFRONT), ("checkout", CHECKOUT), ("payments", PAYMENTS)] {
        check(service, &jaeger_traces(v1.as_bytes()).unwrap(), micros);
    }
    check("payments", &jaeger_traces(include_bytes!("answers/jaeger-search.json")).unwrap(), micros);
}

#[test]
fn a_search_without_hits_and_refusals_are_told_apart() {
    assert!(jaeger_traces(include_bytes!("answers/jaeger-search-empty.json")).unwrap().spans.is_empty());
    let services = jaeger_services(include_bytes!("answers/jaeger-services.json")).unwrap();
    assert_eq!(services, ["payments", "storefront", "checkout"]);
    let unknown = jaeger_traces(include_bytes!("answers/jaeger-unknown.json"));
    assert!(matches!(unknown, Err(QueryError::NotFound)), "{unknown:?}");
    let unknown = jaeger_v3_traces(include_bytes!("answers/jaeger-v3-unknown.json"));
    assert!(matches!(unknown, Err(QueryError::NotFound)), "{unknown:?}");
    let refused = jaeger_traces(include_bytes!("answers/jaeger-no-service.json")).unwrap_err();
    assert_eq!(refused.to_string(), "parameter 'service' is required");
    let malformed = jaeger_traces(include_bytes!("answers/jaeger-malformed.json")).unwrap_err();
    assert_eq!(malformed.to_string(), r#"strconv.ParseUint: parsing "nothex": invalid syntax"#);
}
