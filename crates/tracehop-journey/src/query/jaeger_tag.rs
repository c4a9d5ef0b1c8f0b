//! Tags of Jaeger.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::otlp::json::text;
use crate::value::{Attribute, Value};

#[derive(Default, Deserialize)]
#[serde(expecting = "an object")]
#[serde(default)]
pub(super) struct TagJson {
    #[serde(deserialize_with = "text")]
    pub(super) key: String,
    #[serde(rename = "type", deserialize_with = "text")]
    kind: String,
    value: TagValue,
}

impl TagJson {
    /// The value, if it is a text.
    pub(super) fn text(&self) -> &str {
        match &self.value.0 {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    pub(super) fn is_true(&self) -> bool {
        self.value.0 == Some(Value::Bool(true)) || self.text() == "true"
    }

    /// The attribute that it was. Jaeger writes integers that JavaScript cannot hold as texts, and bytes in base64.
    pub(super) fn attribute(self) -> Attribute {
        let value = match (self.kind.as_str(), self.value.0) {
            ("int64", Some(Value::Text(text))) => text.parse().map_or(Value::Text(text), Value::I64),
            ("float64", Some(Value::I64(number))) => float(number),
            ("float64", Some(Value::Text(text))) => text.parse().map_or(Value::Text(text), Value::F64),
            ("bool", Some(Value::Text(text))) => text.parse().map_or(Value::Text(text), Value::Bool),
            ("binary", Some(Value::Text(text))) => Value::Json(format!("\"{text}\"").into()),
            (_, Some(value)) => value,
            (_, None) => Value::Json("null".into()),
        };
        Attribute::new(&self.key, value)
    }
}

#[expect(clippy::cast_precision_loss, reason = "Jaeger writes 1 for 1.0")]
fn float(number: i64) -> Value {
    Value::F64(number as f64)
}

/// A scalar. Nothing else is ever there; what is, is skipped.
#[derive(Default)]
struct TagValue(Option<Value>);

impl<'de> Deserialize<'de> for TagValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Scalar).map(Self)
    }
}

struct Scalar;

impl<'de> Visitor<'de> for Scalar {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag's value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Some(Value::Bool(truth)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Value::I64(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(i64::try_from(number).map_or_else(|_| Value::text(&number.to_string()), Value::I64)))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(Value::F64(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Value::text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
