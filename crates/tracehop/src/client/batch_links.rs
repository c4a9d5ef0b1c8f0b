//! The links of a batch.

use std::collections::HashMap;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Link, SpanId, TraceId};

use crate::context::CreationContext;

/// For so many links there are slots; beyond that there is a map.
const FEW: usize = 128;

/// Twice as many slots as links, so that a link is found at once.
const SLOTS: usize = 256;

/// The links of one span, one to each creation context, as many as there is room for.
pub(super) struct BatchLinks {
    links: Vec<Link>,
    max: usize,
    /// Where the link to a creation context is: its place in the list and one more, or 0. A slot that is taken sends on to the
    /// next.
    slots: [u8; SLOTS],
    /// The places of the links that found no slot.
    more: HashMap<(TraceId, SpanId), usize>,
    /// Which of the links are to have no attributes.
    is_plain: [bool; FEW],
    is_plain_beyond: Vec<bool>,
    /// How many messages' contexts found no room.
    dropped: i64,
}

/// What became of a link to a creation context.
pub(super) enum Linked<'l> {
    /// There is one: another message had the same context.
    Already(&'l mut Vec<KeyValue>),
    /// There is one now, without attributes.
    Now(&'l mut Vec<KeyValue>),
    /// There was no room for one, or the context is none.
    Not,
}

impl BatchLinks {
    /// With room for the links of so many messages, and for `max` at most.
    pub(super) fn with_capacity(messages: usize, max: usize) -> Self {
        let links = Vec::with_capacity(messages.min(max));
        let more = HashMap::new();
        let is_plain = [false; FEW];
        Self { links, max, slots: [0; SLOTS], more, is_plain, is_plain_beyond: Vec::new(), dropped: 0 }
    }

    /// Links to a creation context. Nothing is [said](Self::say) to a link that is plain.
    #[inline]
    pub(super) fn link(&mut self, creation: &CreationContext, is_plain: bool) -> Linked<'_> {
        if !creation.is_valid() {
            return Linked::Not;
        }
        let mut at = slot_of(creation);
        // Some slot is free.
        for _ in 0..SLOTS {
            let Some(slot) = self.slots.get_mut(usize::from(at)) else { break };
            let Some(place) = usize::from(*slot).checked_sub(1) else {
                let count = self.links.len();
                if count >= self.max {
                    break;
                }
                if count >= FEW {
                    return self.link_beyond(creation, is_plain);
                }
                *slot = u8::try_from(count + 1).unwrap_or(0);
                return self.push(creation, is_plain);
            };
            if self.links.get(place).is_some_and(|link| is_to(link, creation)) {
                return self.at(place);
            }
            at = at.wrapping_add(1);
        }
        if !self.more.is_empty() {
            return self.link_beyond(creation, is_plain);
        }
        self.dropped += 1;
        Linked::Not
    }

    /// Of contexts that senders choose, any number may want one slot. In a map that is no use to them.
    #[cold]
    fn link_beyond(&mut self, creation: &CreationContext, is_plain: bool) -> Linked<'_> {
        let key = (creation.trace_id(), creation.span_id());
        if let Some(place) = self.more.get(&key) {
            return self.at(*place);
        }
        let place = self.links.len();
        if place >= self.max {
            self.dropped += 1;
            return Linked::Not;
        }
        self.more.insert(key, place);
        self.push(creation, is_plain)
    }

    #[inline]
    fn push(&mut self, creation: &CreationContext, is_plain: bool) -> Linked<'_> {
        match self.is_plain.get_mut(self.links.len()) {
            Some(plain) => *plain = is_plain,
            None => self.is_plain_beyond.push(is_plain),
        }
        self.links.push(Link::with_context(creation.span_context()));
        self.links.last_mut().map_or(Linked::Not, |link| Linked::Now(&mut link.attributes))
    }

    #[inline]
    fn at(&mut self, place: usize) -> Linked<'_> {
        self.links.get_mut(place).map_or(Linked::Not, |link| Linked::Already(&mut link.attributes))
    }

    /// Adds an attribute to all links so far.
    #[cold]
    pub(super) fn say(&mut self, attribute: &KeyValue) {
        let is_plain = self.is_plain.iter().chain(&self.is_plain_beyond);
        for (link, _) in self.links.iter_mut().zip(is_plain).filter(|(_, is_plain)| !**is_plain) {
            link.attributes.reserve_exact(1);
            link.attributes.push(attribute.clone());
        }
    }

    /// The links, and how many messages' contexts found no room.
    pub(super) fn finish(self) -> (Vec<Link>, i64) {
        (self.links, self.dropped)
    }
}

#[inline]
fn is_to(link: &Link, creation: &CreationContext) -> bool {
    link.span_context.span_id() == creation.span_id() && link.span_context.trace_id() == creation.trace_id()
}

/// One of the slots, of which there are as many as values of a byte.
#[inline]
fn slot_of(creation: &CreationContext) -> u8 {
    let mixed = u64::from_le_bytes(creation.span_id().to_bytes()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let [.., slot] = mixed.to_le_bytes();
    slot
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A context of the trace and the span of these numbers.
    fn creation(trace: u128, span: u64) -> CreationContext {
        format!("00-{trace:032x}-{span:016x}-01").parse().unwrap()
    }

    fn link(links: &mut BatchLinks, creation: &CreationContext) -> &'static str {
        match links.link(creation, false) {
            Linked::Already(_) => "already",
            Linked::Now(_) => "now",
            Linked::Not => "not",
        }
    }

    #[test]
    fn contexts_are_told_apart_and_found_again() {
        // The last are all sent to one slot.
        let spread: Vec<_> = (1..=100).map(|span| creation(1, span)).collect();
        let crowded: Vec<_> = (1..=28).map(|trace| creation(trace + 1, 7)).collect();
        let mut links = BatchLinks::with_capacity(0, 128);
        for expected in ["now", "already", "already"] {
            for creation in spread.iter().chain(&crowded) {
                assert_eq!(link(&mut links, creation), expected, "{creation}");
            }
        }
        assert_eq!(link(&mut links, &CreationContext::NONE), "not");
        for dropped in [creation(2, 8), creation(1, 101), creation(99, 7)] {
            assert_eq!(link(&mut links, &dropped), "not", "there is room for 128");
        }
        assert_eq!(link(&mut links, &spread[0]), "already");
        let (links, dropped) = links.finish();
        assert_eq!((links.len(), dropped), (128, 3));
        let linked = links.iter().zip(spread.iter().chain(&crowded));
        assert!(
            linked.into_iter().all(|(link, creation)| is_to(link, creation)),
            "in the order of the messages"
        );
    }

    #[test]
    fn there_may_be_more_links_than_slots() {
        for max in [0, 1, 127, 128, 129, 1_000] {
            let wanted: Vec<_> = (1..=1_000).map(|span| creation(1, span)).collect();
            let mut links = BatchLinks::with_capacity(wanted.len(), max);
            for (place, creation) in wanted.iter().enumerate() {
                let expected = if place < max { "now" } else { "not" };
                assert_eq!(link(&mut links, creation), expected, "{place} of {max}");
            }
            for (place, creation) in wanted.iter().enumerate() {
                let expected = if place < max { "already" } else { "not" };
                assert_eq!(link(&mut links, creation), expected, "{place} of {max} again");
            }
            let (links, dropped) = links.finish();
            assert_eq!((links.len(), dropped), (max, 2 * i64::try_from(1_000 - max).unwrap()));
            assert!(links.iter().zip(&wanted).all(|(link, creation)| is_to(link, creation)));
        }
    }
}
