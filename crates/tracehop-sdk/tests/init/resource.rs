//! What is known of the service and its machine.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use tracehop_sdk::{Telemetry, TelemetryBuilder};

use crate::endpoints::{attribute, lookup, recorder, to};
use crate::mail::relay;

#[test]
fn code_comes_before_variables_and_these_before_what_is_found() {
    for (code, expected) in [(Some("orders"), "orders"), (None, "of-variable")] {
        let recorder = recorder();
        let said = [
            ("OTEL_SERVICE_NAME", "of-variable"),
            ("OTEL_RESOURCE_ATTRIBUTES", "host.name=mine,cloud.region=there,a=1"),
        ];
        let said = said.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variables = to(&recorder, "http/protobuf").into_iter().chain(said);
        let builder = code.map_or_else(TelemetryBuilder::default, Telemetry::builder);
        let place = KeyValue::new("cloud.region", "here");
        let telemetry = builder
            .variables(lookup(variables))
            .resource(Resource::builder_empty().with_attribute(place).build())
            .log_writer(std::io::sink)
            .build()
            .unwrap();
        tracing::dispatcher::with_default(telemetry.dispatch(), || {
            relay(&telemetry.messaging_tracer(), || tracing::info!("x"));
        });
        telemetry.shutdown().unwrap();
        for (signal, resource) in [
            ("traces", recorder.finished()[0].resource.clone()),
            ("metrics", recorder.metrics()[0].resource.clone()),
            ("logs", recorder.logs()[0].resource.clone()),
        ] {
            let value = |key| attribute(&resource, key);
            assert_eq!(value("service.name").as_deref(), Some(expected), "{signal}");
            assert_eq!(value("cloud.region").as_deref(), Some("here"), "{signal}");
            assert_eq!((value("host.name").as_deref(), value("a").as_deref()), (Some("mine"), Some("1")));
            for key in ["process.pid", "host.arch", "os.type", "service.instance.id", "telemetry.sdk.name"] {
                assert!(value(key).is_some(), "{key} of {signal}");
            }
        }
    }
}
