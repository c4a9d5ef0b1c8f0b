//! Spans that were encoded where they ended.

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::trace::SpanData;

use super::encode::{is_same_scope, write_span};

/// A buffer that grew beyond this is not kept for later spans.
const KEPT: usize = 1024 * 1024;

/// Spans as the bytes that stand for them in a request, by scope.
///
/// A span that is encoded where it ended is read while it is in the processor's cache, and freed by the thread that allocated it.
/// To free it elsewhere costs more than to encode it, and while it waits it takes three times the memory of its bytes.
#[derive(Debug, Default)]
pub(crate) struct EncodedSpans {
    /// First those that have spans, in the order in which their scopes appeared. Then those that have a buffer from before.
    groups: Vec<EncodedGroup>,
    /// How many have spans.
    filled: usize,
    /// The group of the last span: most that follow are of the same scope.
    last: usize,
    spans: usize,
    bytes: usize,
}

/// The spans of one scope, in their order.
#[derive(Debug)]
pub(super) struct EncodedGroup {
    pub(super) scope: InstrumentationScope,
    /// One field of the message `ScopeSpans` after the other.
    fields: Vec<u8>,
    /// How many of these bytes are of whole spans. There are more if a panic came between.
    whole: usize,
    pub(super) spans: usize,
}

impl EncodedGroup {
    pub(super) fn fields(&self) -> &[u8] {
        self.fields.get(..self.whole).unwrap_or_default()
    }
}

impl EncodedSpans {
    pub(crate) fn push(&mut self, span: &SpanData) {
        let scope = &span.instrumentation_scope;
        let is_its = |group: &EncodedGroup| is_same_scope(&group.scope, scope);
        if self.last >= self.filled || !self.groups.get(self.last).is_some_and(is_its) {
            let known = self.groups.iter().position(is_its);
            self.last = self.fill(known, scope);
        }
        let Some(group) = self.groups.get_mut(self.last) else { return };
        group.fields.truncate(group.whole);
        write_span(span, &mut group.fields);
        self.bytes += group.fields.len() - group.whole;
        group.whole = group.fields.len();
        group.spans += 1;
        self.spans += 1;
    }

    /// The place of a scope's group among those that have spans.
    #[cold]
    fn fill(&mut self, known: Option<usize>, scope: &InstrumentationScope) -> usize {
        let place = known.unwrap_or_else(|| {
            let scope = scope.clone();
            self.groups.push(EncodedGroup { scope, fields: Vec::new(), whole: 0, spans: 0 });
            self.groups.len() - 1
        });
        if place < self.filled {
            return place;
        }
        self.groups.swap(self.filled, place);
        if let Some(group) = self.groups.get_mut(self.filled) {
            // Equal, but its attributes may stand in another order.
            group.scope = scope.clone();
        }
        self.filled += 1;
        self.filled - 1
    }

    pub(crate) fn spans(&self) -> usize {
        self.spans
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The groups that have spans, in the order in which their scopes appeared.
    pub(super) fn groups(&self) -> impl Iterator<Item = &EncodedGroup> {
        self.groups.iter().take(self.filled)
    }

    /// Without spans, for others to come: with the buffers of the scopes that had spans this time, if they are not large.
    pub(crate) fn emptied(mut self) -> Self {
        self.groups.truncate(self.filled);
        self.groups.retain(|group| group.fields.capacity() <= KEPT);
        for group in &mut self.groups {
            group.fields.clear();
            (group.whole, group.spans) = (0, 0);
        }
        Self { groups: self.groups, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Span, Tracer, TracerProvider};
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

    use super::*;

    /// A span of each of these scopes.
    fn spans(scopes: &[&'static str]) -> Vec<SpanData> {
        let memory = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(memory.clone()).build();
        for scope in scopes {
            provider.tracer(*scope).start("send orders").end();
        }
        memory.get_finished_spans().unwrap_or_default()
    }

    fn scopes(encoded: &EncodedSpans) -> Vec<(&str, usize)> {
        encoded.groups().map(|group| (group.scope.name(), group.spans)).collect()
    }

    #[test]
    fn scopes_stand_in_the_order_in_which_they_appeared_also_with_used_buffers() {
        let mut encoded = EncodedSpans::default();
        for (names, expected) in [
            (&["a", "b", "a", "c"][..], &[("a", 2), ("b", 1), ("c", 1)][..]),
            (&["c", "a", "c"], &[("c", 2), ("a", 1)]),
            (&["d", "a"], &[("d", 1), ("a", 1)]),
            (&[], &[]),
        ] {
            for span in &spans(names) {
                encoded.push(span);
            }
            assert_eq!(scopes(&encoded), expected);
            assert_eq!(encoded.spans(), names.len());
            let bytes = encoded.groups().map(|group| group.fields().len()).sum::<usize>();
            assert_eq!(encoded.bytes(), bytes);
            encoded = encoded.emptied();
            assert_eq!((scopes(&encoded), encoded.spans(), encoded.bytes()), (vec![], 0, 0));
        }
    }

    #[test]
    fn buffers_are_kept_if_they_are_small_and_were_used() {
        let mut encoded = EncodedSpans::default();
        let mut all = spans(&["small", "large"]);
        for span in &mut all {
            if span.instrumentation_scope.name() == "large" {
                span.name = "x".repeat(KEPT + 1).into();
            }
            encoded.push(span);
        }
        let kept = |encoded: &EncodedSpans| {
            encoded.groups.iter().map(|group| group.scope.name().to_owned()).collect::<Vec<_>>()
        };
        let encoded = encoded.emptied();
        assert_eq!(kept(&encoded), ["small"]);
        assert!(encoded.groups.iter().all(|group| group.fields.capacity() > 0));
        assert!(kept(&encoded.emptied()).is_empty());
    }

    #[test]
    fn what_a_panic_left_half_written_is_overwritten() {
        let all = spans(&["a", "a"]);
        let (mut encoded, mut expected) = (EncodedSpans::default(), Vec::new());
        for span in &all {
            encoded.push(span);
            write_span(span, &mut expected);
            if let Some(group) = encoded.groups.first_mut() {
                group.fields.extend_from_slice(b"half");
            }
        }
        assert!(encoded.groups().map(EncodedGroup::fields).eq([expected.as_slice()]));
    }
}
