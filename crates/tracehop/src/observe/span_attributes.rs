//! Where hooks put the attributes of a span.

use std::fmt;

use opentelemetry::{Key, KeyValue, Value};

/// The attributes of a span that is about to start, for [hooks](crate::MessagingTracerBuilder::on_span). A sampler sees what they
/// set.
pub struct SpanAttributes<'a>(pub(super) &'a mut Vec<KeyValue>);

impl SpanAttributes<'_> {
    /// Sets an attribute: anything that OpenTelemetry takes. It takes the place of one of the same key.
    pub fn set_attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        let attribute = KeyValue::new(key, value);
        match self.0.iter_mut().find(|known| known.key == attribute.key) {
            Some(known) => *known = attribute,
            None => self.0.push(attribute),
        }
    }

    /// What an attribute is, if it is set.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|known| known.key.as_str() == key).map(|known| &known.value)
    }

    /// Takes an attribute away, for example one that must not be seen.
    pub fn remove_attribute(&mut self, key: &str) {
        self.0.retain(|known| known.key.as_str() != key);
    }
}

impl fmt::Debug for SpanAttributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|known| known.key.as_str())).finish()
    }
}
