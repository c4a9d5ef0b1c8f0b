//! Attributes, resources and scopes in JSON.

use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use serde::Deserialize;

use super::lenient::{Double, Whole, from_base64, list, nullable, number, optional};

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ResourceJson {
    #[serde(deserialize_with = "list::<_, KeyValueJson, _>")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    dropped_attributes_count: u32,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ScopeJson {
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    version: String,
    #[serde(deserialize_with = "list::<_, KeyValueJson, _>")]
    attributes: Vec<KeyValue>,
    #[serde(deserialize_with = "number")]
    dropped_attributes_count: u32,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
pub(super) struct KeyValueJson {
    #[serde(deserialize_with = "nullable")]
    key: String,
    #[serde(deserialize_with = "optional::<_, AnyValueJson, _>")]
    value: Option<AnyValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "so OTLP calls them")]
pub(super) struct AnyValueJson {
    string_value: Option<String>,
    bool_value: Option<bool>,
    int_value: Option<Whole>,
    double_value: Option<Double>,
    array_value: Option<ArrayJson>,
    kvlist_value: Option<KeyValueListJson>,
    bytes_value: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
struct ArrayJson {
    #[serde(deserialize_with = "list::<_, AnyValueJson, _>")]
    values: Vec<AnyValue>,
}

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
struct KeyValueListJson {
    #[serde(deserialize_with = "list::<_, KeyValueJson, _>")]
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
        let value = value.or_else(|| json.int_value.map(|it| Value::IntValue(it.0)));
        let value = value.or_else(|| json.double_value.map(|it| Value::DoubleValue(it.0)));
        let array = |it: ArrayJson| Value::ArrayValue(ArrayValue { values: it.values });
        let value = value.or_else(|| json.array_value.map(array));
        let list = |it: KeyValueListJson| Value::KvlistValue(KeyValueList { values: it.values });
        let value = value.or_else(|| json.kvlist_value.map(list));
        let bytes = |it: String| Value::BytesValue(from_base64(&it).unwrap_or_default());
        Self { value: value.or_else(|| json.bytes_value.map(bytes)) }
    }
}
