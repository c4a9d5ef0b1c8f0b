//! Records headers that the policy names.

use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::hook_message::each_text;
use super::{AttributeStage, HookMessage};
use crate::policy::EffectivePolicy;

/// How many values of one header are recorded.
const MAX_VALUES: usize = 16;

pub(crate) struct HeaderStage;

impl AttributeStage for HeaderStage {
    fn apply(&self, message: &HookMessage<'_>, policy: &EffectivePolicy, attributes: &mut Vec<KeyValue>) {
        for (name, key) in &*policy.captured_headers {
            let mut values: Vec<StringValue> = Vec::new();
            each_text(message.headers, name, &mut |value| {
                if values.len() < MAX_VALUES {
                    values.push(value.to_owned().into());
                }
            });
            if !values.is_empty() {
                attributes.push(KeyValue::new(key.clone(), Value::Array(Array::String(values))));
            }
        }
    }
}
