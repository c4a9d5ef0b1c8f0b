//! Records the keys of messages.

use opentelemetry::KeyValue;

use super::{AttributeStage, HookMessage};
use crate::message::bounded;
use crate::policy::EffectivePolicy;

pub(crate) struct MessageKeyStage;

impl AttributeStage for MessageKeyStage {
    fn apply(&self, message: &HookMessage<'_>, policy: &EffectivePolicy, attributes: &mut Vec<KeyValue>) {
        if let Some((attribute, key)) = message.message.key().filter(|_| policy.message_keys)
            && let Ok(key) = std::str::from_utf8(key)
        {
            attributes.push(KeyValue::new(attribute, bounded(key).to_owned()));
        }
    }
}
