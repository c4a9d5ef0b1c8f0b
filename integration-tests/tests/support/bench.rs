//! A recorder, and names that nobody else uses.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use tracehop::MessagingTracer;
use tracehop_testing::{SpanRecorder, TraceTree};

use super::DEADLINE;

/// One recorder for all clients of a test, and the names of its destinations.
pub(crate) struct Bench {
    pub(crate) spans: SpanRecorder,
    pub(crate) tracer: MessagingTracer,
    suffix: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let spans = SpanRecorder::new();
        let tracer = spans.messaging_tracer();
        Self { spans, tracer, suffix: suffix() }
    }

    /// The name that stands for `name` in this test only.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{name}{}", self.suffix)
    }

    /// The spans once `count` have ended and none goes on, under the names the test gave.
    pub(crate) async fn ended(&self, count: usize) -> Vec<SpanData> {
        let spans = self.spans.wait_for(count, DEADLINE).await;
        let tree = TraceTree::new(spans.iter().cloned());
        assert_eq!(spans.len(), count, "other spans than expected:\n{tree}");
        assert_eq!(self.spans.unfinished(), 0, "spans go on:\n{tree}");
        spans.into_iter().map(|span| self.restore(span)).collect()
    }

    /// The same as a tree.
    pub(crate) async fn tree(&self, count: usize) -> TraceTree {
        TraceTree::new(self.ended(count).await)
    }

    fn restore(&self, mut span: SpanData) -> SpanData {
        span.name = span.name.replace(&self.suffix, "").into();
        for attribute in &mut span.attributes {
            if let Value::String(text) = &attribute.value {
                attribute.value = text.as_str().replace(&self.suffix, "").into();
            }
        }
        span
    }
}

/// A name that nothing else on the broker has: it may be shared, and tests run in parallel.
pub(crate) fn unique(name: &str) -> String {
    format!("{name}{}", suffix())
}

fn suffix() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // A name that looks as if each order had one is no part of a span's name, so there are no digits.
    let letter = |digit: char| char::from_u32(u32::from('g') + digit.to_digit(16)?);
    let numbers = format!("{:x}{nanos:x}{count:x}", std::process::id());
    format!("-{}", numbers.chars().filter_map(letter).collect::<String>())
}

pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key)?;
    Some(found.value.as_str().into_owned())
}
