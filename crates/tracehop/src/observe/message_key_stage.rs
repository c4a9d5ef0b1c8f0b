//! Records the keys of messages.

use opentelemetry::KeyValue;

use super::AttributeStage;
use crate::message::{Describe, bounded};
use crate::policy::Policy;

pub(crate) struct MessageKeyStage;

impl AttributeStage for MessageKeyStage {
    fn apply(&self, message: &dyn Describe, policy: &Policy, attributes: &mut Vec<KeyValue>) {
        if let Some((attribute, key)) = message.key().filter(|_| policy.message_keys)
            && let Ok(key) = std::str::from_utf8(key)
        {
            attributes.push(KeyValue::new(attribute, bounded(key).to_owned()));
        }
    }
}
