//! Spans as services of a shop make them.

use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

/// The first half of every trace id, which a request that is sent replaces. Nothing else in a request has these bytes.
pub(crate) const MARK: [u8; 8] = *b"\xfeTRACE\xfd\x01";

/// How many spans [`order`] has.
pub(crate) const OF_AN_ORDER: u64 = 5;

/// Which services there are, in the order of what [`order`] returns.
const SERVICES: [&str; 3] = ["storefront", "checkout", "payments"];

/// A trace id: the mark, and a number.
pub(crate) fn trace(number: u64) -> Vec<u8> {
    [MARK, number.to_be_bytes()].concat()
}

/// The spans of one journey, by services: a request, the send of an order, its handler in a trace of its own with a call to a
/// database, and the handler of what that sent.
pub(crate) fn order(number: u64, now: SystemTime) -> [Vec<Span>; 3] {
    let (edge, handler) = (trace(2 * number), trace(2 * number + 1));
    let at = |milliseconds: u64| now - Duration::from_millis(400) + Duration::from_millis(milliseconds);
    let request = span(
        &edge,
        1,
        None,
        "POST /orders",
        SpanKind::Server,
        [at(0), at(12)],
        vec![
            text("http.request.method", "POST"),
            text("http.route", "/orders"),
            int("http.response.status_code", 202),
            text("user.id", &format!("user-{}", number % 1_000)),
        ],
    );
    let send = span(
        &edge,
        2,
        Some(1),
        "send orders",
        SpanKind::Producer,
        [at(2), at(9)],
        message("kafka", "orders", "send", number),
    );
    let mut process = span(
        &handler,
        3,
        None,
        "process orders",
        SpanKind::Consumer,
        [at(60), at(95)],
        message("kafka", "orders", "process", number),
    );
    process.attributes.push(text("messaging.consumer.group.name", "checkout"));
    process.links.push(Link { trace_id: edge, span_id: id(2), flags: 0x301, ..Link::default() });
    process.events.push(Event {
        time_unix_nano: nanos(at(80)),
        name: "checked".to_owned(),
        attributes: vec![int("items", 3)],
        ..Event::default()
    });
    let query = span(
        &handler,
        4,
        Some(3),
        "INSERT shop.orders",
        SpanKind::Client,
        [at(62), at(80)],
        vec![
            text("db.system.name", "postgresql"),
            text("db.collection.name", "orders"),
            text("server.address", "db.example"),
            int("server.port", 5432),
        ],
    );
    let pay = span(
        &handler,
        5,
        Some(3),
        "process payments",
        SpanKind::Consumer,
        [at(200), at(390)],
        message("rabbitmq", "payments", "process", number),
    );
    [vec![request, send], vec![process, query], vec![pay]]
}

/// The spans of one journey over `spans` spans: a send, and a handler that sends on, until there are as many.
pub(crate) fn chain(spans: u64, now: SystemTime) -> [Vec<Span>; 3] {
    let trace = trace(0);
    let mut of_services = [Vec::new(), Vec::new(), Vec::new()];
    for (number, service) in (0..spans).zip((0..SERVICES.len()).cycle()) {
        let start = now - Duration::from_secs(60) + Duration::from_micros(number * 3_000);
        let times = [start, start + Duration::from_millis(2)];
        // Ten handlers below each send, and one of them sends on.
        let parent = (number > 0).then(|| (number - 1) / 10 * 10);
        let (name, kind, operation) = match number % 10 {
            0 => ("send orders", SpanKind::Producer, "send"),
            _ => ("process orders", SpanKind::Consumer, "process"),
        };
        let made = span(
            &trace,
            number + 1,
            parent.map(|parent| parent + 1),
            name,
            kind,
            times,
            message("kafka", "orders", operation, number),
        );
        if let Some(spans) = of_services.get_mut(service) {
            spans.push(made);
        }
    }
    of_services
}

/// Spans of each service, as a request has them.
pub(crate) fn resources(of_services: [Vec<Span>; 3]) -> Vec<ResourceSpans> {
    let resources = of_services.into_iter().zip(SERVICES).map(|(spans, service)| ResourceSpans {
        resource: Some(Resource {
            attributes: vec![
                text("service.name", service),
                text("service.version", "1.2.3"),
                text("service.instance.id", "instance-1"),
                text("telemetry.sdk.language", "rust"),
                text("telemetry.sdk.name", "opentelemetry"),
                text("telemetry.sdk.version", "0.33.0"),
            ],
            ..Resource::default()
        }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope {
                name: "shop".to_owned(),
                version: "0.1.0".to_owned(),
                ..Default::default()
            }),
            spans,
            schema_url: String::new(),
        }],
        schema_url: String::new(),
    });
    resources.filter(|resource| resource.scope_spans.iter().any(|scope| !scope.spans.is_empty())).collect()
}

fn span(
    trace: &[u8],
    number: u64,
    parent: Option<u64>,
    name: &str,
    kind: SpanKind,
    times: [SystemTime; 2],
    attributes: Vec<KeyValue>,
) -> Span {
    Span {
        trace_id: trace.to_vec(),
        span_id: id(number),
        parent_span_id: parent.map(id).unwrap_or_default(),
        flags: 0x101,
        name: name.to_owned(),
        kind: kind.into(),
        start_time_unix_nano: nanos(times[0]),
        end_time_unix_nano: nanos(times[1]),
        attributes,
        ..Span::default()
    }
}

fn message(system: &str, destination: &str, operation: &str, number: u64) -> Vec<KeyValue> {
    vec![
        text("messaging.system", system),
        text("messaging.destination.name", destination),
        text("messaging.operation.name", operation),
        text("messaging.operation.type", operation),
        text("messaging.destination.partition.id", &(number % 4).to_string()),
        int("messaging.kafka.offset", number.cast_signed()),
        text("messaging.client.id", "shop-1"),
        text("server.address", "broker.example"),
    ]
}

fn id(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn int(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
