use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;

use super::lookup::{Lookup, ignored};
use crate::percent::decoded;

const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";

/// What the SDK's default resource has, but with the variables from here: the SDK reads the environment of the process alone.
pub(crate) fn of_variables(lookup: &Lookup) -> Resource {
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_service_name(unknown_service())
        .with_attributes(attributes(lookup));
    match lookup.get(SERVICE_NAME) {
        Some(name) => resource.with_service_name(name).build(),
        None => resource.build(),
    }
}

/// `key=value` pairs with commas between them, both percent-encoded.
fn attributes(lookup: &Lookup) -> Vec<KeyValue> {
    let text = lookup.get(ATTRIBUTES).unwrap_or_default();
    let mut read = Vec::new();
    for (index, pair) in text.split(',').enumerate() {
        match pair.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                read.push(KeyValue::new(decoded(key.trim()), decoded(value.trim())));
            }
            None if pair.trim().is_empty() => {}
            _ => ignored(ATTRIBUTES, &format!("pair {}: it is not key=value", index + 1)),
        }
    }
    read
}

/// The specification's name of a service that nobody named.
fn unknown_service() -> String {
    let program = std::env::current_exe().ok();
    match program.as_deref().and_then(|path| path.file_name()?.to_str()) {
        Some(name) => format!("unknown_service:{name}"),
        None => "unknown_service".to_owned(),
    }
}
