//! Records members of the baggage that the policy names.

use opentelemetry::KeyValue;
use opentelemetry::baggage::BaggageExt;

use super::{AttributeStage, HookMessage};
use crate::message::bounded;
use crate::policy::EffectivePolicy;

pub(crate) struct BaggageStage;

impl AttributeStage for BaggageStage {
    fn apply(&self, message: &HookMessage<'_>, policy: &EffectivePolicy, attributes: &mut Vec<KeyValue>) {
        let baggage = message.cx.baggage();
        for key in &*policy.baggage_attributes {
            if let Some(value) = baggage.get(key) {
                attributes.push(KeyValue::new(key.clone(), bounded(value.as_str()).to_owned()));
            }
        }
    }
}
