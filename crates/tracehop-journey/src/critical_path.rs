//! The chain of spans that determines when a journey ends.

use std::time::SystemTime;

use crate::journey::Journey;
use crate::role::Role;
use crate::span::JourneySpan;

impl Journey {
    /// The chain of spans that determines when the journey ends, first span first.
    ///
    /// The chain is found backwards. It ends with the span that ends last. Before each span comes what that span waited
    /// for:
    ///
    /// - Before a process span comes the send of its message. For a batch, it is the message that was sent last; if the
    ///   batch was sent as created messages, it is that message's create span.
    /// - Before a receive span comes the create or send span among its links that ended last.
    /// - Before a send that continues another trace, as an outbox relay does, comes the span that its link names.
    /// - Before any other span comes its parent. If the parent was not recorded, it is the span among its links that ended
    ///   last.
    ///
    /// If the span that ends last comes before every hop, it only waits for the journey, as a request does that waits for
    /// its reply. Then the chain ends with the span that ends last among those that come after it.
    ///
    /// Settlements do not end the chain, because nobody waits for the broker to be told.
    ///
    /// The chain is not a schedule: earlier calls that a span made and waited for are not part of it.
    pub fn critical_path(&self) -> Vec<&JourneySpan> {
        critical_path(self).into_iter().filter_map(|place| self.at(place)).collect()
    }
}

/// The places of the spans on the critical path, first span first.
pub(crate) fn critical_path(journey: &Journey) -> Vec<usize> {
    let Some(end) = end(journey) else { return Vec::new() };
    let mut path: Vec<usize> =
        std::iter::successors(Some(end), |&place| journey.tree.before(place)).collect();
    path.reverse();
    path
}

fn end(journey: &Journey) -> Option<usize> {
    let order = journey.tree.top_down();
    // Nobody waits for the broker to be told: a settlement ends a journey only if there is nothing else.
    let settles = |place: usize| journey.at(place).and_then(JourneySpan::role) == Some(Role::Settle);
    let at = |place: usize| journey.at(place).map_or(SystemTime::UNIX_EPOCH, JourneySpan::ended);
    let ended = |place: usize| (!settles(place), at(place));
    let mut beyond_a_hop = vec![false; order.len()];
    for &place in &order {
        let consumes = journey.at(place).and_then(JourneySpan::role).is_some_and(Role::is_consumer);
        let inherits =
            journey.tree.before(place).and_then(|before| beyond_a_hop.get(before).copied()).unwrap_or(false);
        if let Some(beyond) = beyond_a_hop.get_mut(place) {
            *beyond = consumes || inherits;
        }
    }
    let mut last_below: Vec<Option<usize>> = vec![None; order.len()];
    for &place in order.iter().rev() {
        let below = last_below.get(place).copied().flatten();
        let last = below.filter(|&below| ended(below) > ended(place)).unwrap_or(place);
        let slot = journey.tree.before(place).and_then(|before| last_below.get_mut(before));
        if let Some(slot) = slot
            && slot.is_none_or(|other| ended(last) > ended(other))
        {
            *slot = Some(last);
        }
    }
    // `max_by_key` takes the last of equals. If spans end together, it is the one that started last.
    let mut end = (0..order.len()).max_by_key(|&place| ended(place))?;
    while !beyond_a_hop.get(end).copied().unwrap_or(true)
        && let Some(below) = last_below.get(end).copied().flatten()
    {
        end = below;
    }
    Some(end)
}
