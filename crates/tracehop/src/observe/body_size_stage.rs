//! Records the size of payloads.

use opentelemetry::KeyValue;

use super::AttributeStage;
use crate::message::Describe;
use crate::policy::Policy;
use crate::semconv;

pub(crate) struct BodySizeStage;

impl AttributeStage for BodySizeStage {
    fn apply(&self, message: &dyn Describe, policy: &Policy, attributes: &mut Vec<KeyValue>) {
        if let Some(bytes) = message.body_size().filter(|_| policy.body_sizes) {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            attributes.push(KeyValue::new(semconv::MESSAGING_MESSAGE_BODY_SIZE, bytes));
        }
    }
}
