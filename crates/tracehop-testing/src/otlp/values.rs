//! Values, identifiers and resources from the wire.

use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as AnyKeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;

const SERVICE_NAME: &str = "service.name";

pub(super) fn attributes(all: Vec<AnyKeyValue>) -> Vec<KeyValue> {
    all.into_iter().map(|each| KeyValue::new(each.key, value(each.value))).collect()
}

/// The attributes of a resource, and its service.
pub(super) fn resource(resource: Option<Resource>) -> (Arc<[KeyValue]>, Option<Arc<str>>) {
    let attributes = attributes(resource.unwrap_or_default().attributes);
    let service = attributes.iter().find(|attribute| attribute.key.as_str() == SERVICE_NAME);
    let service = service.map(|attribute| Arc::from(&*attribute.value.as_str()));
    (attributes.into(), service)
}

/// Identifiers that are none are `None`.
pub(super) fn trace_id(bytes: &[u8]) -> Option<TraceId> {
    let id = TraceId::from_bytes(bytes.try_into().ok()?);
    (id != TraceId::INVALID).then_some(id)
}

pub(super) fn span_id(bytes: &[u8]) -> Option<SpanId> {
    let id = SpanId::from_bytes(bytes.try_into().ok()?);
    (id != SpanId::INVALID).then_some(id)
}

/// As text.
pub(super) fn text(any: Option<AnyValue>) -> String {
    value(any).as_str().into_owned()
}

/// What the API has no type for is JSON.
fn value(any: Option<AnyValue>) -> Value {
    match any.and_then(|any| any.value) {
        None => Value::from(""),
        Some(Any::StringValue(text)) => Value::from(text),
        Some(Any::BoolValue(value)) => Value::from(value),
        Some(Any::IntValue(value)) => Value::from(value),
        Some(Any::DoubleValue(value)) => Value::from(value),
        Some(Any::ArrayValue(values)) => {
            array(&values.values).map_or_else(|| json(Any::ArrayValue(values)), Value::Array)
        }
        Some(other) => json(other),
    }
}

/// `None` if the values are of several kinds.
fn array(values: &[AnyValue]) -> Option<Array> {
    fn all<T>(values: &[AnyValue], of_kind: impl Fn(&Any) -> Option<T>) -> Option<Vec<T>> {
        values.iter().map(|any| of_kind(any.value.as_ref()?)).collect()
    }
    let string = |any: &Any| match any {
        Any::StringValue(text) => Some(StringValue::from(text.clone())),
        _ => None,
    };
    let boolean = |any: &Any| if let Any::BoolValue(value) = any { Some(*value) } else { None };
    let integer = |any: &Any| if let Any::IntValue(value) = any { Some(*value) } else { None };
    let double = |any: &Any| if let Any::DoubleValue(value) = any { Some(*value) } else { None };
    all(values, string)
        .map(Array::String)
        .or_else(|| all(values, boolean).map(Array::Bool))
        .or_else(|| all(values, integer).map(Array::I64))
        .or_else(|| all(values, double).map(Array::F64))
}

fn json(any: Any) -> Value {
    Value::from(serde_json::to_string(&AnyValue { value: Some(any) }).unwrap_or_default())
}
