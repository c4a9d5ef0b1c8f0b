//! The exporter behind real tracer providers.

use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracehop_sdk::tracehop_journey::{Attribute, Value};
use tracehop_sdk::{Bounds, Journey, JourneyExporter, JourneySpan};

/// Makes `count` spans, one after the other.
fn export(exporter: &JourneyExporter, count: usize) {
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let tracer = provider.tracer("test");
    (0..count).for_each(|_| tracer.start("work").end());
}

#[test]
fn each_span_has_the_name_of_its_providers_service() {
    let exporter = JourneyExporter::new();
    for name in ["checkout", "billing"] {
        let resource = Resource::builder_empty().with_service_name(name).build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_simple_exporter(exporter.clone())
            .build();
        provider.tracer("test").start("work").end();
    }
    let journeys = exporter.journeys();
    let services: Vec<&str> = journeys.iter().flat_map(Journey::spans).map(JourneySpan::service).collect();
    assert_eq!(services, ["checkout", "billing"]);
}

#[test]
fn spans_can_be_read_after_shutdown() {
    let exporter = JourneyExporter::new();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    provider.tracer("test").start("work").end();
    provider.shutdown().unwrap();
    assert_eq!(exporter.journeys().len(), 1);
}

#[test]
fn each_span_has_the_resource_and_the_scope_of_its_provider() {
    let exporter = JourneyExporter::new();
    let resource = Resource::builder_empty().with_service_name("checkout").build();
    let provider =
        SdkTracerProvider::builder().with_resource(resource).with_simple_exporter(exporter.clone()).build();
    let scope =
        InstrumentationScope::builder("orders").with_attributes([KeyValue::new("team", "logistics")]).build();
    provider.tracer_with_scope(scope).start("work").end();
    let journeys = exporter.journeys();
    let source = journeys[0].spans().next().unwrap().source().clone();
    assert_eq!(source.scope_name(), "orders");
    assert_eq!(source.scope_attributes(), [Attribute::new("team", Value::text("logistics"))]);
    assert_eq!(source.attribute("service.name").unwrap().as_str(), Some("checkout"));
}

#[test]
fn the_oldest_spans_are_dropped_and_counted() {
    let exporter = JourneyExporter::with_max_spans(3);
    export(&exporter, 5);
    assert_eq!((exporter.len(), exporter.dropped()), (3, 2));
}

#[test]
fn an_exporter_for_no_bytes_keeps_nothing() {
    let exporter = JourneyExporter::with_bounds(Bounds::default().max_bytes(0));
    export(&exporter, 3);
    assert!(exporter.is_empty() && exporter.journeys().is_empty());
    assert_eq!((exporter.bytes(), exporter.dropped()), (0, 3));
}

#[test]
fn clearing_forgets_without_counting() {
    let exporter = JourneyExporter::new();
    export(&exporter, 3);
    exporter.clear();
    assert!(exporter.is_empty());
    assert_eq!((exporter.bytes(), exporter.dropped()), (0, 0));
}

#[test]
fn debug_output_does_not_list_the_spans() {
    let exporter = JourneyExporter::with_max_spans(5);
    export(&exporter, 3);
    let text = format!("{exporter:?}");
    assert!(text.contains("len: 3") && !text.contains("work"), "{text}");
}
