//! Through OTLP, to a server that answers and to one that does not.

use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_sdk::Resource;
use prost::Message;
use tracehop_sdk::{DropReason, Traces, TracesBuilder};

use crate::variables::variables;
use http_server::{Answer, Server};

#[path = "../support/http_server.rs"]
mod http_server;

fn to(server: &Server) -> TracesBuilder {
    Traces::builder("orders").variables(variables(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{}", server.address)),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=secret"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_RESOURCE_ATTRIBUTES", "cloud.region=here"),
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
    ]))
}

#[test]
fn spans_arrive_where_the_variables_say_with_the_name_of_their_service() {
    let server = Server::start(vec![], Answer::ok());
    let place = Resource::builder_empty().with_attribute(KeyValue::new("zone", "b")).build();
    let traces = to(&server).resource(place).build().unwrap();
    traces.provider().tracer("test").start("place order").end();
    drop(traces);

    let request = server.request();
    assert_eq!(request.line, "POST /v1/traces HTTP/1.1");
    assert_eq!(request.header("x-token"), Some("secret"));
    let sent = ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap();
    let [of_resource] = sent.resource_spans.as_slice() else { panic!("{sent:?}") };
    let attribute = |key: &str| {
        let resource = of_resource.resource.as_ref().unwrap();
        let found = resource.attributes.iter().find(|attribute| attribute.key == key).unwrap();
        match found.value.as_ref().unwrap().value.as_ref().unwrap() {
            Value::StringValue(text) => text.clone(),
            other => panic!("{other:?}"),
        }
    };
    let attributes = ["service.name", "cloud.region", "zone", "telemetry.sdk.language"].map(attribute);
    assert_eq!(attributes, ["orders", "here", "b", "rust"]);
    assert_eq!(of_resource.scope_spans[0].spans[0].name, "place order");
}

#[test]
fn a_shutdown_does_not_wait_for_a_server_that_is_silent() {
    let server = Server::start(vec![], Answer::Silence);
    let traces = to(&server).build().unwrap();
    let drops = traces.drops();
    for _ in 0..512 {
        traces.provider().tracer("test").start("place order").end();
    }
    // The spans are on their way, and nobody answers.
    server.request();
    let start = Instant::now();
    assert!(traces.shutdown_with_timeout(Duration::from_millis(100)).is_err());
    drop(traces);
    // The exporter itself would wait for ten seconds, and a drop for five.
    assert!(start.elapsed() < Duration::from_secs(4));
    assert_eq!(drops.count(DropReason::ShutdownTimedOut), 512, "{drops:?}");
}
