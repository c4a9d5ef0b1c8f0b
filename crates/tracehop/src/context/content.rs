//! The identity of a message by all that its context headers hold.

use std::hash::{DefaultHasher, Hash, Hasher};

use opentelemetry::trace::{SpanId, TraceId};

use super::processing::Id;

/// Gathers the context headers of one message. Whoever is not trusted may send the ids of somebody else's message, or none, or
/// what cannot be read; what matters of theirs is all that a copy of these headers would carry.
///
/// The order of the headers does not matter, because a map may give them in another one than a list.
#[derive(Default)]
pub(crate) struct Content {
    sums: [u64; 3],
    count: usize,
}

impl Content {
    pub(crate) fn add(&mut self, name: &[u8], value: &[u8]) {
        let name = name.to_ascii_lowercase();
        for (salt, sum) in (0_u8..).zip(&mut self.sums) {
            let mut hasher = DefaultHasher::new();
            (salt, &name, value).hash(&mut hasher);
            *sum = sum.wrapping_add(hasher.finish());
        }
        self.count += 1;
    }

    /// Whether there is one header only.
    pub(crate) fn is_one(&self) -> bool {
        self.count == 1
    }

    /// It is invalid if there is no header.
    pub(crate) fn id(&self) -> Id {
        if self.count == 0 {
            return Id { trace_id: TraceId::INVALID, span_id: SpanId::INVALID };
        }
        let [high, low, span] = self.sums.map(|sum| sum | 1);
        let trace_id = TraceId::from(u128::from(high) << 64 | u128::from(low));
        Id { trace_id, span_id: SpanId::from(span) }
    }
}
