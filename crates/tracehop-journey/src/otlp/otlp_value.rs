//! Attributes of OTLP.

use std::borrow::Cow;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};

use super::bounded_json::bounded_json;
use crate::semconv;
use crate::text;
use crate::value::{Attribute, Value};

pub(super) fn attributes(list: Vec<KeyValue>) -> Vec<Attribute> {
    list.into_iter().map(attribute).collect()
}

/// Takes the strings instead of copying them: it is done for each attribute of each span that arrives.
pub(super) fn attribute(pair: KeyValue) -> Attribute {
    let key = match semconv::common(&pair.key) {
        Some(common) => Cow::Borrowed(common),
        None => text::bounded_cow(Cow::Owned(pair.key)),
    };
    Attribute { key, value: value(pair.value.unwrap_or_default()) }
}

fn value(value: AnyValue) -> Value {
    match value.value {
        Some(any_value::Value::StringValue(text)) if text.len() <= text::MAX_VALUE => {
            Value::Text(text.into_boxed_str())
        }
        Some(any_value::Value::StringValue(text)) => Value::text(&text),
        Some(any_value::Value::BoolValue(truth)) => Value::Bool(truth),
        Some(any_value::Value::IntValue(number)) => Value::I64(number),
        Some(any_value::Value::DoubleValue(number)) => Value::F64(number),
        other => Value::Json(bounded_json(other.as_ref(), text::MAX_VALUE)),
    }
}

/// The value as text, cut at so many bytes.
pub(super) fn to_text(value: Option<AnyValue>, most: usize) -> Box<str> {
    match value.and_then(|it| it.value) {
        None => Box::default(),
        Some(any_value::Value::StringValue(text)) if text.len() <= most => text.into_boxed_str(),
        Some(any_value::Value::StringValue(text)) => text::head(&text, most).into(),
        other => bounded_json(other.as_ref(), most),
    }
}
