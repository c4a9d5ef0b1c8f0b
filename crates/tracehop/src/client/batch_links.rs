//! The links of a batch.

use opentelemetry::KeyValue;
use opentelemetry::trace::Link;

use crate::context::CreationContext;

/// The most links of one span: as many as an SDK keeps by default, and it drops the others without a word.
const MAX_LINKS: usize = 128;

/// Twice as many slots as links, so that a link is found at once.
const SLOTS: usize = 256;

/// The links of one span, one to each creation context, as many as there is room for.
pub(super) struct BatchLinks {
    links: Vec<Link>,
    /// Where the link to a creation context is: its place in the list and one more, or 0. A slot that is taken sends on to the
    /// next.
    slots: [u8; SLOTS],
    /// Which of the links are to have no attributes.
    is_plain: [bool; MAX_LINKS],
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
    pub(super) fn with_capacity(messages: usize) -> Self {
        let links = Vec::with_capacity(messages.min(MAX_LINKS));
        Self { links, slots: [0; SLOTS], is_plain: [false; MAX_LINKS], dropped: 0 }
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
                let Some(plain) = self.is_plain.get_mut(count) else { break };
                *plain = is_plain;
                *slot = u8::try_from(count + 1).unwrap_or(0);
                self.links.push(Link::with_context(creation.span_context()));
                return self.links.last_mut().map_or(Linked::Not, |link| Linked::Now(&mut link.attributes));
            };
            if self.links.get(place).is_some_and(|link| is_to(link, creation)) {
                let link = self.links.get_mut(place);
                return link.map_or(Linked::Not, |link| Linked::Already(&mut link.attributes));
            }
            at = at.wrapping_add(1);
        }
        self.dropped += 1;
        Linked::Not
    }

    /// Adds an attribute to all links so far.
    #[cold]
    pub(super) fn say(&mut self, attribute: &KeyValue) {
        for (link, _) in self.links.iter_mut().zip(self.is_plain).filter(|(_, is_plain)| !is_plain) {
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
        let mut links = BatchLinks::with_capacity(0);
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
}
