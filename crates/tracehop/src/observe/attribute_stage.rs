//! Steps that add to the attributes of a span, or change them.

use opentelemetry::KeyValue;

use super::HookMessage;
use crate::policy::EffectivePolicy;

/// A step between what the adapter says and what the span shows. The tracer has a list of them, which is empty unless the
/// user asks for something; each is called in turn, and only for a span that records.
///
/// What must come last, because it takes away, stands last in the list.
pub(crate) trait AttributeStage: Send + Sync {
    fn apply(&self, message: &HookMessage<'_>, policy: &EffectivePolicy, attributes: &mut Vec<KeyValue>);
}
