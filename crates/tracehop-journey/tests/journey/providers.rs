//! The exporter behind real tracer providers.

use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracehop_sdk::{Journey, JourneyExporter, JourneySpan};

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
