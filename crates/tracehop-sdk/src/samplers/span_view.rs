use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::SpanKind;
use opentelemetry::{Array, Context, KeyValue, Value};

use crate::semconv;

/// What a sampler is shown of a span that is to start.
#[derive(Clone, Copy, Debug)]
pub(super) struct SpanView<'a> {
    pub(super) parent: Option<&'a Context>,
    pub(super) kind: &'a SpanKind,
    pub(super) attributes: &'a [KeyValue],
}

impl<'a> SpanView<'a> {
    /// Where the message goes to or comes from: the template, if there is one, for names behind it are many.
    pub(super) fn destination(&self) -> Option<&'a str> {
        let template = self.text(semconv::MESSAGING_DESTINATION_TEMPLATE);
        template.or_else(|| self.text(semconv::MESSAGING_DESTINATION_NAME))
    }

    pub(super) fn system(&self) -> Option<&'a str> {
        self.text(semconv::MESSAGING_SYSTEM)
    }

    /// `send`, `receive`, `process` and so on.
    pub(super) fn operation(&self) -> Option<&'a str> {
        self.text(semconv::MESSAGING_OPERATION_TYPE)
    }

    /// Whether a text of the attribute, which may have several, is as wanted.
    pub(super) fn has(&self, key: &str, wanted: impl Fn(&str) -> bool) -> bool {
        match self.value(key) {
            Some(Value::String(text)) => wanted(text.as_str()),
            Some(Value::Array(Array::String(texts))) => texts.iter().any(|text| wanted(text.as_str())),
            _ => false,
        }
    }

    /// Whether a member of the baggage is as wanted.
    pub(super) fn has_baggage(&self, key: &str, wanted: impl Fn(&str) -> bool) -> bool {
        let value = self.parent.and_then(|cx| cx.baggage().get(key));
        value.is_some_and(|value| wanted(value.as_str()))
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        match self.value(key)? {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        let found = self.attributes.iter().find(|attribute| attribute.key.as_str() == key);
        found.map(|attribute| &attribute.value)
    }
}
