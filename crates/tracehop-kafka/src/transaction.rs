//! One transaction of a producer, and what it contains.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use opentelemetry::Context;
use opentelemetry::trace::{Link, SpanContext, TraceContextExt};
use tracehop::{AttributeValue, MessageAttributes, MessageSpan};

use crate::semconv;

/// The most bytes of a `transactional.id` that are shown, so that the number behind it is never cut off.
const MAX_ID_BYTES: usize = 1_000;

/// A transaction that was begun and has not ended, and what was sent in it.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// `{transactional.id}/{number}`.
    name: String,
    /// Where a span belongs that is about all of the transaction, if it has nowhere else to go.
    home: OnceLock<SpanContext>,
    /// How many links the span of its end has at most.
    max_links: usize,
    sends: Mutex<Sends>,
}

/// The messages of a transaction.
#[derive(Debug, Default)]
struct Sends {
    count: usize,
    linked: Vec<SpanContext>,
    /// How many had a span that found no room.
    unlinked: i64,
}

impl Transaction {
    /// The transaction of that number of the producer of that `transactional.id`, if it is known.
    pub(crate) fn new(id: Option<&str>, number: u64, max_links: usize) -> Self {
        let name = match id {
            Some(id) => format!("{}/{number}", cut(id)),
            None => number.to_string(),
        };
        Self { name, home: OnceLock::new(), max_links, sends: Mutex::default() }
    }

    /// Shows which transaction an operation was part of.
    pub(crate) fn describe(&self, attributes: &mut MessageAttributes<'_>) {
        attributes.add(semconv::TRACEHOP_KAFKA_TRANSACTION, AttributeValue::Str(&self.name));
    }

    /// A span is part of the transaction: it is below what is current, or by itself. The first that is sampled says where the
    /// transaction belongs.
    pub(crate) fn contains(&self, span: &SpanContext) {
        if span.is_sampled() && self.home.get().is_none() {
            let parent = Context::map_current(|cx| cx.span().span_context().clone());
            // A message that is sent on may have its place in another trace than the current one.
            let is_below = parent.is_valid() && parent.trace_id() == span.trace_id();
            let _ = self.home.set(if is_below { parent } else { span.clone() });
        }
    }

    /// A message was given to the client in it.
    pub(crate) fn sent(&self, span: SpanContext) {
        let mut sends = self.sends();
        sends.count += 1;
        // Several messages may have one span.
        if !span.is_valid() || sends.linked.last() == Some(&span) {
            return;
        }
        if sends.linked.len() < self.max_links {
            sends.linked.push(span);
        } else {
            sends.unlinked += 1;
        }
    }

    /// The span under which the first of what it contains was done; an invalid one if nothing had a span.
    pub(crate) fn home(&self) -> &SpanContext {
        self.home.get().unwrap_or(&SpanContext::NONE)
    }

    /// Says of a span that ends the transaction what it contains.
    pub(crate) fn summarise(&self, span: &mut MessageSpan) {
        let sends = self.sends();
        let (count, unlinked) = (sends.count, sends.unlinked);
        let linked = if span.is_recording() { sends.linked.clone() } else { Vec::new() };
        // The span may be of any provider: nothing of it is called under the lock.
        drop(sends);
        span.set_message_count(count);
        for linked in linked {
            span.add_link(Link::with_context(linked));
        }
        if unlinked > 0 {
            span.set_attribute(semconv::TRACEHOP_BATCH_LINKS_DROPPED, unlinked);
        }
    }

    fn sends(&self) -> MutexGuard<'_, Sends> {
        // Whatever a panic left behind is a list of sends.
        self.sends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As much of a `transactional.id` as is shown, cut between characters.
fn cut(id: &str) -> &str {
    let mut end = id.len().min(MAX_ID_BYTES);
    while !id.is_char_boundary(end) {
        end -= 1;
    }
    id.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_named_by_its_producer_and_its_number() {
        let long = format!("{}é", "x".repeat(999));
        for (id, expected) in [
            (Some("billing"), "billing/7".to_owned()),
            (None, "7".to_owned()),
            // The number stays whole, however long the rest is.
            (Some(&*"x".repeat(2_000)), format!("{}/7", "x".repeat(1_000))),
            (Some(&*long), format!("{}/7", "x".repeat(999))),
        ] {
            assert_eq!(Transaction::new(id, 7, 128).name, expected);
        }
    }
}
