//! Attributes back into OTLP.

use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value};
use serde_json::Value as Json;

use crate::value::{Attribute, Value};

pub(super) fn key_values(attributes: &[Attribute]) -> Vec<KeyValue> {
    attributes.iter().map(|it| key_value(it.key.as_ref().to_owned(), any(&it.value))).collect()
}

fn key_value(key: String, value: AnyValue) -> KeyValue {
    KeyValue { key, value: Some(value), ..KeyValue::default() }
}

fn any(value: &Value) -> AnyValue {
    let value = match value {
        Value::Bool(truth) => any_value::Value::BoolValue(*truth),
        Value::I64(number) => any_value::Value::IntValue(*number),
        Value::F64(number) if number.is_finite() => any_value::Value::DoubleValue(*number),
        // What writes the JSON would write `null`.
        Value::F64(number) => any_value::Value::StringValue(number.to_string()),
        Value::Text(text) => any_value::Value::StringValue(text.to_string()),
        // It was whole if it can still be read.
        Value::Json(json) => match serde_json::from_str(json) {
            Ok(json) => return from_json(json),
            Err(_) => any_value::Value::StringValue(json.to_string()),
        },
    };
    AnyValue { value: Some(value) }
}

/// It recurses as deep as the JSON is nested: `serde_json` reads 128 levels, and we write fewer.
fn from_json(json: Json) -> AnyValue {
    let value = match json {
        Json::Null => return AnyValue::default(),
        Json::Bool(truth) => any_value::Value::BoolValue(truth),
        Json::Number(number) => match number.as_i64() {
            Some(number) => any_value::Value::IntValue(number),
            None => any_value::Value::DoubleValue(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => any_value::Value::StringValue(text),
        Json::Array(values) => {
            any_value::Value::ArrayValue(ArrayValue { values: values.into_iter().map(from_json).collect() })
        }
        Json::Object(pairs) => {
            let values = pairs.into_iter().map(|(key, value)| key_value(key, from_json(value))).collect();
            any_value::Value::KvlistValue(KeyValueList { values })
        }
    };
    AnyValue { value: Some(value) }
}
