//! Records the size of payloads.

use opentelemetry::KeyValue;

use super::{AttributeStage, HookMessage};
use crate::policy::EffectivePolicy;
use crate::semconv;

pub(crate) struct BodySizeStage;

impl AttributeStage for BodySizeStage {
    fn apply(&self, message: &HookMessage<'_>, policy: &EffectivePolicy, attributes: &mut Vec<KeyValue>) {
        if let Some(bytes) = message.message.body_size().filter(|_| policy.body_sizes) {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            attributes.push(KeyValue::new(semconv::MESSAGING_MESSAGE_BODY_SIZE, bytes));
        }
    }
}
