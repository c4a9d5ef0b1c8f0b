//! Attributes, resources and scopes in JSON.

use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use serde::Deserialize;

use super::id::from_base64;
use super::list::parts;
use super::number::{number, optional_double, optional_number, optional_truth};
use super::object::optional;
use super::text::{optional_text, text};

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ResourceJson {
    #[serde(deserialize_with = "parts::<_, KeyValueJson, _>")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    dropped_attributes_count: u32,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ScopeJson {
    #[serde(deserialize_with = "text")]
    name: String,
    #[serde(deserialize_with = "text")]
    version: String,
    #[serde(deserialize_with = "parts::<_, KeyValueJson, _>")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    dropped_attributes_count: u32,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
pub(super) struct KeyValueJson {
    #[serde(deserialize_with = "text")]
    key: String,
    #[serde(deserialize_with = "optional::<_, AnyValueJson, _>")]
    value: Option<AnyValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "so OTLP calls them")]
pub(super) struct AnyValueJson {
    #[serde(deserialize_with = "optional_text")]
    string_value: Option<String>,
    #[serde(deserialize_with = "optional_truth")]
    bool_value: Option<bool>,
    #[serde(deserialize_with = "optional_number")]
    int_value: Option<i64>,
    #[serde(deserialize_with = "optional_double")]
    double_value: Option<f64>,
    #[serde(deserialize_with = "optional::<_, ArrayJson, _>")]
    array_value: Option<ArrayValue>,
    #[serde(deserialize_with = "optional::<_, KeyValueListJson, _>")]
    kvlist_value: Option<KeyValueList>,
    #[serde(deserialize_with = "optional_text")]
    bytes_value: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
struct ArrayJson {
    #[serde(deserialize_with = "parts::<_, AnyValueJson, _>")]
    values: Vec<AnyValue>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
struct KeyValueListJson {
    #[serde(deserialize_with = "parts::<_, KeyValueJson, _>")]
    values: Vec<KeyValue>,
}

impl From<ResourceJson> for Resource {
    fn from(json: ResourceJson) -> Self {
        let ResourceJson { attributes, dropped_attributes_count } = json;
        Self { attributes, dropped_attributes_count, ..Self::default() }
    }
}

impl From<ScopeJson> for InstrumentationScope {
    fn from(json: ScopeJson) -> Self {
        let ScopeJson { name, version, attributes, dropped_attributes_count } = json;
        Self { name, version, attributes, dropped_attributes_count }
    }
}

impl From<KeyValueJson> for KeyValue {
    fn from(json: KeyValueJson) -> Self {
        Self { key: json.key, value: json.value, key_strindex: 0 }
    }
}

impl From<AnyValueJson> for AnyValue {
    fn from(json: AnyValueJson) -> Self {
        use any_value::Value;
        let value = json.string_value.map(Value::StringValue);
        let value = value.or_else(|| json.bool_value.map(Value::BoolValue));
        let value = value.or_else(|| json.int_value.map(Value::IntValue));
        let value = value.or_else(|| json.double_value.map(Value::DoubleValue));
        let value = value.or_else(|| json.array_value.map(Value::ArrayValue));
        let value = value.or_else(|| json.kvlist_value.map(Value::KvlistValue));
        let bytes = |it: String| from_base64(&it).map(Value::BytesValue);
        Self { value: value.or_else(|| json.bytes_value.and_then(bytes)) }
    }
}

impl From<ArrayJson> for ArrayValue {
    fn from(json: ArrayJson) -> Self {
        Self { values: json.values }
    }
}

impl From<KeyValueListJson> for KeyValueList {
    fn from(json: KeyValueListJson) -> Self {
        Self { values: json.values }
    }
}
