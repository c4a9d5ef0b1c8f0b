//! The order of a journey's spans: what each one came after.

use crate::carried::carried;
use crate::forest::{Before, Forest};
use crate::handover::{Handover, Handovers};
use crate::places::Places;
use crate::role::Role;
use crate::span::JourneySpan;

/// The forest over the places of a journey's spans.
///
/// What a span comes after depends on what it did:
///
/// - A process span comes after the send of its message. In a batch of created messages it comes after the create span.
/// - A receive span comes after that create or send span among its links that ends last.
/// - A send whose only link names a span of another trace comes after that span. Outbox relays make such sends.
/// - Any other span comes after its parent. Without a parent it comes after that span among its links that ends last.
pub(crate) fn tree(index: &Places<'_>, handovers: &Handovers) -> Forest {
    Forest::new(index.spans().map(|(place, span)| {
        let handovers = handovers.get(&place).map_or(&[][..], Vec::as_slice);
        match after_message(index, handovers).or_else(|| after_context(index, place, span)) {
            Some(before) => Before::Place(before),
            None => after_nothing(index, span),
        }
    }))
}

fn after_nothing(index: &Places<'_>, span: &JourneySpan) -> Before {
    let missing = match span.parent() {
        Some(parent) => Some(parent).filter(|_| index.parent_of(span).is_none()),
        None => span.links().first().copied().filter(|_| index.links_of(span).next().is_none()),
    };
    let is_remote = span.parent().is_none() || span.parent_is_remote();
    missing.map_or(Before::Nothing, |key| Before::Missing { key, is_remote })
}

/// What a process span comes after. A batch waited for that of its messages which was sent last.
fn after_message(index: &Places<'_>, handovers: &[Handover]) -> Option<usize> {
    let last = handovers.iter().max_by_key(|handover| index.at(handover.send).map(JourneySpan::ended))?;
    let created = index.at(last.creation).is_some_and(|creation| creation.is(Role::Create));
    let send = index.at(last.send)?;
    // Below a batch send, the create span tells the messages apart.
    let in_batch = created && continued(index, send) != Some(last.creation);
    Some(if in_batch { last.creation } else { last.send })
}

fn after_context(index: &Places<'_>, place: usize, span: &JourneySpan) -> Option<usize> {
    let latest_link = |wanted: fn(&JourneySpan) -> bool| {
        let others = index.links_of(span).filter_map(|link| Some((link, index.at(link)?)));
        // A send links to the create spans below it; it does not come after them.
        let others = others.filter(|(_, other)| index.parent_of(other) != Some(place) && wanted(other));
        others.max_by_key(|(_, other)| other.ended()).map(|(link, _)| link)
    };
    let first = match span.role() {
        Some(Role::Receive) => latest_link(|other| other.role().is_some_and(Role::is_producer)),
        Some(Role::Send) => continued(index, span),
        _ => None,
    };
    first.or_else(|| index.parent_of(span)).or_else(|| latest_link(|_| true))
}

/// The span of another trace that `send` continues: the one that its only link names.
fn continued(index: &Places<'_>, send: &JourneySpan) -> Option<usize> {
    let [link] = send.links() else { return None };
    // With a span active, a send that belongs elsewhere links to that span and does not come after it.
    if link.0 == send.trace_id() || !carried(index, send).contains(link) {
        return None;
    }
    index.place(*link)
}
