//! Which contexts travelled with the messages of a span.

use crate::lookup::Lookup;
use crate::role::Role;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;

/// The contexts that travelled with the messages of a span: those that its messages brought, or that it sent on.
///
/// Not each parent and each link is such a context. A consumer loop may run inside a span: that is then linked by all process
/// spans, and by what is sent on after a handler, and has to do with none of the messages.
pub(crate) fn carried(spans: &impl Lookup, span: &JourneySpan) -> Vec<SpanKey> {
    let links = span.links();
    let is_producer =
        |key: &SpanKey| spans.span(*key).and_then(JourneySpan::role).is_some_and(Role::is_producer);
    let producers = || links.iter().copied().filter(is_producer);
    let mut carried: Vec<SpanKey> = match (span.role(), span.parent()) {
        // What the message brought is the parent, and a link too. Other links are to other messages of a batch, or to what
        // was active.
        (Some(Role::Process | Role::Receive), Some(parent)) if links.contains(&parent) => {
            producers().chain([parent]).collect()
        }
        (Some(Role::Process | Role::Receive), Some(parent)) => {
            let brought = is_producer(&parent) || links.is_empty() && span.parent_is_remote();
            links.iter().copied().chain(brought.then_some(parent)).collect()
        }
        // Its own context is on the message. It belongs to the message that was handled before, and links to what was active.
        (Some(Role::Send), Some(parent))
            if span.has_own_context() && spans.span(parent).is_none_or(|it| it.is(Role::Process)) =>
        {
            producers().collect()
        }
        _ => links.to_vec(),
    };
    carried.sort_unstable_by_key(|(trace, span)| (trace.to_bytes(), span.to_bytes()));
    carried.dedup();
    carried
}
