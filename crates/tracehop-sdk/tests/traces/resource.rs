//! Who the spans are of, and how much of them is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracehop_sdk::TracesBuilder;

use crate::variables::{kept, variables};

/// Keeps the resource that it is told.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<BTreeMap<String, String>>>);

impl SpanExporter for Told {
    async fn export(&self, _batch: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        let all = resource.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        *self.0.lock().unwrap() = all.collect();
    }
}

/// What is known of the service, but for what the SDK says of itself.
fn resource(builder: TracesBuilder, set: &[(&str, &str)]) -> Vec<String> {
    let told = Told::default();
    let traces = builder.variables(variables(set)).exporter(told.clone()).build().unwrap();
    traces.provider().tracer("test").start("x").end();
    traces.shutdown().unwrap();
    let mut all = told.0.lock().unwrap().clone();
    for (key, value) in [("telemetry.sdk.language", "rust"), ("telemetry.sdk.name", "opentelemetry")] {
        assert_eq!(all.remove(key).as_deref(), Some(value));
    }
    assert!(all.remove("telemetry.sdk.version").is_some());
    all.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
}

fn named(name: &'static str) -> TracesBuilder {
    tracehop_sdk::Traces::builder(name)
}

fn of(attribute: (&'static str, &'static str)) -> Resource {
    Resource::builder_empty().with_attribute(KeyValue::new(attribute.0, attribute.1)).build()
}

#[test]
fn code_comes_before_variables_and_the_name_before_all() {
    let set =
        [("OTEL_SERVICE_NAME", "of-variable"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=of-list,a=1,b=1")];
    for (builder, expected, why) in [
        (named("orders"), ["a=1", "b=1", "service.name=orders"], "the name in code"),
        (TracesBuilder::default(), ["a=1", "b=1", "service.name=of-variable"], "no name in code"),
        (
            named("orders").resource(of(("b", "2"))),
            ["a=1", "b=2", "service.name=orders"],
            "an attribute in code",
        ),
        (
            named("orders").resource(of(("service.name", "of-resource"))),
            ["a=1", "b=1", "service.name=orders"],
            "the name goes before a resource",
        ),
        (
            TracesBuilder::default().resource(of(("service.name", "of-resource"))),
            ["a=1", "b=1", "service.name=of-resource"],
            "a resource goes before the variable",
        ),
        (
            named("orders").resource(of(("b", "2"))).resource(of(("b", "3"))),
            ["a=1", "b=3", "service.name=orders"],
            "what is added later",
        ),
    ] {
        assert_eq!(resource(builder, &set), expected, "{why}");
    }
}

#[test]
fn without_a_name_it_is_that_of_the_list_or_unknown() {
    let list = [("OTEL_RESOURCE_ATTRIBUTES", "service.name=of-list"), ("OTEL_SERVICE_NAME", " ")];
    assert_eq!(resource(TracesBuilder::default(), &list), ["service.name=of-list"]);
    let unknown = resource(TracesBuilder::default(), &[]);
    assert_eq!(unknown.len(), 1);
    assert!(unknown[0].starts_with("service.name=unknown_service:traces-"), "{unknown:?}");
}

#[test]
fn the_list_is_decoded_and_what_is_no_pair_is_left_out() {
    for (list, expected, why) in [
        ("a=1", vec!["a=1"], "one"),
        (" a = 1 ,b=2", vec!["a=1", "b=2"], "spaces around both"),
        ("a=x=y", vec!["a=x=y"], "more ="),
        ("a=x%2Cy%3Dz,%C3%B6=%20", vec!["a=x,y=z", "ö= "], "encoded"),
        ("a=50%", vec!["a=50%"], "no code"),
        ("a=", vec!["a="], "an empty value"),
        ("a=1,,b=2,", vec!["a=1", "b=2"], "nothing between commas"),
        ("a,=1,b=2", vec!["b=2"], "no pairs"),
    ] {
        let mut found = resource(named("orders"), &[("OTEL_RESOURCE_ATTRIBUTES", list)]);
        found.retain(|pair| pair != "service.name=orders");
        assert_eq!(found, expected, "{list:?}: {why}");
    }
}

#[test]
fn limits_of_spans_are_read_and_can_be_changed_in_code() {
    let attributes = |builder: TracesBuilder| {
        let traces = builder.build().unwrap();
        let attributes = (0..200).map(|number: i64| KeyValue::new(format!("a{number}"), number)).collect();
        let tracer = traces.provider().tracer("test");
        tracer.span_builder("x").with_attributes::<Vec<_>>(attributes).start(&tracer).end();
        traces.provider().force_flush().unwrap();
        traces
    };
    for (value, expected) in [("3", 3), ("0", 0), ("", 128), ("-1", 128), ("few", 128)] {
        let (builder, exporter) = kept(&[("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", value)]);
        let _traces = attributes(builder);
        assert_eq!(exporter.get_finished_spans().unwrap()[0].attributes.len(), expected, "{value:?}");
    }
    let (builder, exporter) = kept(&[("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "3")]);
    let _traces = attributes(builder.provider_settings(|builder| builder.with_max_attributes_per_span(5)));
    assert_eq!(exporter.get_finished_spans().unwrap()[0].attributes.len(), 5);
}
