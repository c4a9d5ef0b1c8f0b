//! What is known of the service and its machine.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use tracehop_sdk::{Telemetry, TelemetryBuilder};

use crate::mail::relay;
use crate::receiver::{Receiver, attribute, lookup};

#[test]
fn code_comes_before_variables_and_these_before_what_is_found() {
    for (code, expected) in [(Some("orders"), "orders"), (None, "of-variable")] {
        let receiver = Receiver::http();
        let said = [
            ("OTEL_SERVICE_NAME", "of-variable"),
            ("OTEL_RESOURCE_ATTRIBUTES", "host.name=mine,cloud.region=there,a=1"),
        ];
        let said = said.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let builder = code.map_or_else(TelemetryBuilder::default, Telemetry::builder);
        let place = KeyValue::new("cloud.region", "here");
        let telemetry = builder
            .variables(lookup(receiver.variables().into_iter().chain(said)))
            .resource(Resource::builder_empty().with_attribute(place).build())
            .log_writer(std::io::sink)
            .build()
            .unwrap();
        tracing::dispatcher::with_default(telemetry.dispatch(), || {
            relay(&telemetry.messaging_tracer(), || tracing::info!("x"));
        });
        telemetry.shutdown().unwrap();
        let received = receiver.received();
        assert_eq!(received.resources.len(), 3, "one of each signal");
        for resource in &received.resources {
            let value = |key| attribute(resource, key);
            assert_eq!(value("service.name").as_deref(), Some(expected));
            assert_eq!(value("cloud.region").as_deref(), Some("here"));
            assert_eq!((value("host.name").as_deref(), value("a").as_deref()), (Some("mine"), Some("1")));
            for key in ["process.pid", "host.arch", "os.type", "service.instance.id", "telemetry.sdk.name"] {
                assert!(value(key).is_some(), "{key}");
            }
        }
    }
}
