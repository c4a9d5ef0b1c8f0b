//! Where hooks put the attributes of a span.

use std::fmt;

use opentelemetry::{Key, KeyValue, Value};

/// The attributes of a span that is about to start, for [hooks](crate::MessagingTracerBuilder::on_span). A sampler sees what they
/// set. What a hook does before it panics is not done.
pub struct SpanAttributes<'a> {
    known: &'a [KeyValue],
    /// `None` takes an attribute away. The last one of a key counts.
    changes: Vec<(Key, Option<Value>)>,
}

impl<'a> SpanAttributes<'a> {
    pub(super) fn new(known: &'a [KeyValue]) -> Self {
        Self { known, changes: Vec::new() }
    }

    /// Sets an attribute: anything that OpenTelemetry takes. It takes the place of one of the same key.
    pub fn set_attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.changes.push((key.into(), Some(value.into())));
    }

    /// What an attribute is, if it is set.
    pub fn attribute(&self, key: &str) -> Option<&Value> {
        match self.changes.iter().rev().find(|(changed, _)| changed.as_str() == key) {
            Some((_, value)) => value.as_ref(),
            None => self.known.iter().find(|known| known.key.as_str() == key).map(|known| &known.value),
        }
    }

    /// Takes an attribute away, for example one that must not be seen.
    pub fn remove_attribute(&mut self, key: impl Into<Key>) {
        self.changes.push((key.into(), None));
    }

    pub(super) fn into_changes(self) -> Vec<(Key, Option<Value>)> {
        self.changes
    }
}

/// Changes attributes as a hook has said.
pub(super) fn change(attributes: &mut Vec<KeyValue>, changes: Vec<(Key, Option<Value>)>) {
    for (key, value) in changes {
        let place = attributes.iter().position(|known| known.key == key);
        match (value, place.and_then(|place| attributes.get_mut(place))) {
            (Some(value), Some(known)) => known.value = value,
            (Some(value), None) => attributes.push(KeyValue::new(key, value)),
            (None, Some(_)) => attributes.retain(|known| known.key != key),
            (None, None) => {}
        }
    }
}

impl fmt::Debug for SpanAttributes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changed = self.changes.iter().map(|(key, _)| key.as_str());
        f.debug_list().entries(self.known.iter().map(|known| known.key.as_str()).chain(changed)).finish()
    }
}
