//! Calls the application's hook for the attributes of a span.

use std::sync::Arc;

use opentelemetry::KeyValue;

use super::hooks::HookPanics;
use super::span_attributes::change;
use super::{AttributeStage, HookMessage, SpanAttributes};
use crate::policy::EffectivePolicy;

/// The application's hook.
pub(crate) type SpanHook = Box<dyn Fn(&mut SpanAttributes<'_>, &HookMessage<'_>) + Send + Sync>;

pub(crate) struct HookStage {
    pub(crate) hook: SpanHook,
    pub(crate) panics: Arc<HookPanics>,
}

impl AttributeStage for HookStage {
    fn apply(&self, message: &HookMessage<'_>, _: &EffectivePolicy, attributes: &mut Vec<KeyValue>) {
        // What a hook did before it panicked is not done.
        let changes = self.panics.guard(|| {
            let mut span = SpanAttributes::new(attributes);
            (self.hook)(&mut span, message);
            span.into_changes()
        });
        change(attributes, changes.unwrap_or_default());
    }
}
