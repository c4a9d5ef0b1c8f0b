//! Values of OTLP as text in JSON.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value;

use crate::text;

/// How deep values are written. The decoders of protobuf and JSON have limits too, but those are others' to change.
const MAX_DEPTH: usize = 16;

/// The value as text in JSON, cut at so many bytes. It costs no more than what is kept, however much is in it.
pub(super) fn bounded_json(value: Option<&Value>, most: usize) -> Box<str> {
    let mut json = BoundedJson { text: String::new(), most };
    json.write(value, 0);
    text::head(&json.text, most).into()
}

struct BoundedJson {
    text: String,
    most: usize,
}

impl BoundedJson {
    fn is_full(&self) -> bool {
        self.text.len() >= self.most
    }

    fn write(&mut self, value: Option<&Value>, depth: usize) {
        match value {
            Some(Value::ArrayValue(_) | Value::KvlistValue(_)) if depth >= MAX_DEPTH => self.write_text("…"),
            Some(Value::StringValue(text)) => self.write_text(text),
            Some(Value::BoolValue(truth)) => self.push(truth),
            Some(Value::IntValue(number)) => self.push(number),
            Some(Value::DoubleValue(number)) if number.is_finite() => self.push(number),
            Some(Value::DoubleValue(number)) => self.write_text(&number.to_string()),
            Some(Value::BytesValue(bytes)) => {
                let kept = bytes.get(..self.most.min(bytes.len())).unwrap_or_default();
                self.write_text(&STANDARD.encode(kept));
            }
            Some(Value::ArrayValue(array)) => {
                self.text.push('[');
                for (place, value) in array.values.iter().enumerate() {
                    if self.is_full() {
                        return;
                    }
                    self.separate(place);
                    self.write(value.value.as_ref(), depth + 1);
                }
                self.text.push(']');
            }
            Some(Value::KvlistValue(list)) => {
                self.text.push('{');
                for (place, pair) in list.values.iter().enumerate() {
                    if self.is_full() {
                        return;
                    }
                    self.separate(place);
                    self.write_text(&pair.key);
                    self.text.push(':');
                    self.write(pair.value.as_ref().and_then(|it| it.value.as_ref()), depth + 1);
                }
                self.text.push('}');
            }
            // A reference into a table that only profiles have counts as no value.
            None | Some(Value::StringValueStrindex(_)) => self.text.push_str("null"),
        }
    }

    fn separate(&mut self, place: usize) {
        if place > 0 {
            self.text.push(',');
        }
    }

    fn push(&mut self, value: impl std::fmt::Display) {
        // Writing into a `String` cannot fail.
        let _ = write!(self.text, "{value}");
    }

    fn write_text(&mut self, text: &str) {
        let quoted = serde_json::to_string(text::head(text, self.most));
        self.text.push_str(&quoted.unwrap_or_default());
    }
}
