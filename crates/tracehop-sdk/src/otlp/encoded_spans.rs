//! Spans that were encoded where they ended.

use std::hash::{DefaultHasher, Hash, Hasher};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::trace::SpanData;

use super::encode::{is_same_scope, write_span};

/// Buffers of so many bytes in all are kept for later spans: as many as 512 spans of usual size take.
const KEPT: usize = 512 * 1024;

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
    fingerprint: u64,
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
        let is_its = |group: &EncodedGroup| is_plainly_same(&group.scope, scope);
        if self.last >= self.filled || !self.groups.get(self.last).is_some_and(is_its) {
            self.last = self.fill(scope);
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
    fn fill(&mut self, scope: &InstrumentationScope) -> usize {
        // Scopes may be many, one for each tenant say, and to compare two takes longer the more alike they are.
        let fingerprint = fingerprint(scope);
        let is_its =
            |group: &EncodedGroup| group.fingerprint == fingerprint && is_same_scope(&group.scope, scope);
        let place = self.groups.iter().position(is_its).unwrap_or_else(|| {
            let (scope, fields) = (scope.clone(), Vec::new());
            self.groups.push(EncodedGroup { scope, fingerprint, fields, whole: 0, spans: 0 });
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

    /// Without spans, for others to come: with buffers of the scopes that had spans this time, as long as they are not large
    /// together.
    pub(crate) fn emptied(mut self) -> Self {
        self.groups.truncate(self.filled);
        let mut kept = 0;
        self.groups.retain(|group| {
            let with_it = kept + group.fields.capacity();
            let is_kept = with_it <= KEPT;
            kept = if is_kept { with_it } else { kept };
            is_kept
        });
        for group in &mut self.groups {
            group.fields.clear();
            (group.whole, group.spans) = (0, 0);
        }
        Self { groups: self.groups, ..Self::default() }
    }
}

/// Whether two scopes are equal at first sight. Those that are have their attributes in the same order, nearly always.
fn is_plainly_same(one: &InstrumentationScope, other: &InstrumentationScope) -> bool {
    one.name() == other.name()
        && one.version() == other.version()
        && one.schema_url() == other.schema_url()
        && one.attributes().eq(other.attributes())
}

/// A number that is the same for equal scopes, in whichever order their attributes stand.
fn fingerprint(scope: &InstrumentationScope) -> u64 {
    let of = |value: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        value(&mut hasher);
        hasher.finish()
    };
    let names = of(&|hasher| (scope.name(), scope.version(), scope.schema_url()).hash(hasher));
    let attributes = scope.attributes().map(|attribute| of(&|hasher| attribute.hash(hasher)));
    attributes.fold(names, u64::wrapping_add)
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
    fn buffers_of_many_scopes_are_small_together() {
        let mut encoded = EncodedSpans::default();
        let names: Vec<&'static str> = (0..40).map(|n| &*format!("scope {n}").leak()).collect();
        for large in &names {
            for mut span in spans(&names) {
                if span.instrumentation_scope.name() == *large {
                    span.name = "x".repeat(KEPT / 4).into();
                }
                encoded.push(&span);
            }
            encoded = encoded.emptied();
            let kept: usize = encoded.groups.iter().map(|group| group.fields.capacity()).sum();
            assert!(kept > 0 && kept <= KEPT, "{kept}");
        }
    }

    #[test]
    fn scopes_that_differ_in_an_attribute_alone_are_told_apart_in_any_order() {
        use opentelemetry::KeyValue;

        let scope = |attributes: &[(&'static str, i64)]| {
            let attributes = attributes.iter().map(|(key, value)| KeyValue::new(*key, *value));
            InstrumentationScope::builder("a").with_attributes(attributes).build()
        };
        let mut encoded = EncodedSpans::default();
        let mut span = spans(&["a"]).remove(0);
        for (attributes, expected) in [
            (&[("x", 1), ("y", 2)][..], vec![1]),
            (&[("x", 1), ("y", 3)], vec![1, 1]),
            (&[("y", 2), ("x", 1)], vec![2, 1]),
            (&[("x", 2), ("y", 1)], vec![2, 1, 1]),
            (&[], vec![2, 1, 1, 1]),
        ] {
            span.instrumentation_scope = scope(attributes);
            encoded.push(&span);
            let counts: Vec<_> = encoded.groups().map(|group| group.spans).collect();
            assert_eq!(counts, expected);
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
