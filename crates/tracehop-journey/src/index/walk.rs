//! From a span back to where its journey begins, and from there forward.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::begin::{Begin, Place};
use super::index::Index;
use crate::cause::Cause;
use crate::journey::Journey;
use crate::role::Role;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;
use crate::summary::JourneyId;

/// How many spans one journey has.
const MAX_SPANS: usize = 20_000;

/// How many steps lead back from a span. What is deeper begins a journey of its own.
const MAX_STEPS: usize = 20_000;

/// How many journeys one span is in. A batch is in those of all its messages.
const MAX_ORIGINS: usize = 256;

/// How many links are followed to find them. What is more entangled belongs to the first begin that was found, together: to search
/// the whole of it for each of its spans would take quadratic time.
const MAX_LINKS_BACK: usize = 4_096;

/// How many spans above a message of a job are shown with it.
const MAX_MAKERS: usize = 32;

/// How many spans of batch handlers, which belong to all messages of a batch, one journey has. They are walked once for each message.
const MAX_IN_BATCHES: usize = 128;

/// A batch with so many links counts as one span more of these: each journey looks at all of them.
const LINKS_OF_ONE: usize = 16;

/// Where a walk is.
#[derive(Clone, Copy, Debug, Default)]
struct At {
    /// Whether it went through a handler.
    below_message: bool,
    /// Whether what is there belongs to all messages of a batch.
    in_batch: bool,
}

/// What is known already of where spans belong.
pub(super) type Known = HashMap<SpanKey, Begin>;

/// The spans of a journey, as they were walked.
#[derive(Clone, Debug)]
pub struct Walked {
    pub(super) spans: Vec<Arc<JourneySpan>>,
    /// The span of the job that made the message, and those above it, are among the spans, and no part of its time.
    pub(super) makers: Vec<SpanKey>,
    /// How many were left out at least.
    pub(super) left_out: usize,
}

impl Walked {
    /// The spans, in no order.
    pub fn spans(&self) -> &[Arc<JourneySpan>] {
        &self.spans
    }

    /// The journey, or `None` if there are no spans.
    pub fn into_journey(self) -> Option<Journey> {
        (!self.spans.is_empty()).then(|| Journey::below(self.spans, self.makers))
    }
}

impl Index {
    /// One journey, or `None` if none of its spans is here.
    pub fn journey(&self, id: JourneyId) -> Option<Journey> {
        self.walk(id.0).into_journey()
    }

    /// The spans of one journey, in no order. To make the journey of them takes longer, and needs the index no more.
    pub fn walk_journey(&self, id: JourneyId) -> Walked {
        self.walk(id.0)
    }

    /// The journeys that a span is in: one, but for what happens to several messages at once. It need not be here.
    pub fn journeys_of(&self, key: SpanKey) -> Vec<JourneyId> {
        self.origins(key, &mut Known::new()).into_iter().map(JourneyId).collect()
    }

    /// All journeys, in the order in which they started.
    pub fn journeys(&self) -> Vec<Journey> {
        let (mut known, mut origins) = (Known::new(), HashSet::new());
        for slot in self.slots.iter() {
            origins.extend(self.origins(slot.span.key(), &mut known));
        }
        let walked =
            origins.into_iter().filter_map(|origin| Some((origin, self.journey(JourneyId(origin))?)));
        let mut journeys: Vec<(SpanKey, Journey)> = walked.collect();
        journeys.sort_by_cached_key(|(origin, journey)| {
            (journey.order(), origin.0.to_bytes(), origin.1.to_bytes())
        });
        journeys.into_iter().map(|(_, journey)| journey).collect()
    }

    /// Where the journeys of a span begin. What is the begin need not be here.
    pub(super) fn origins(&self, of: SpanKey, known: &mut Known) -> Vec<SpanKey> {
        let (mut origins, mut left) = (Vec::new(), vec![of]);
        let (mut seen, mut followed) = (HashSet::new(), 0);
        while let Some(key) = left.pop() {
            if !seen.insert(key) {
                continue;
            }
            if origins.len() >= MAX_ORIGINS || followed > MAX_LINKS_BACK && !origins.is_empty() {
                break;
            }
            match self.origin(key, known) {
                Ok(origin) if !origins.contains(&origin) => origins.push(origin),
                Ok(_) => {}
                Err(messages) => {
                    followed += messages.len();
                    left.extend(messages.iter().rev().take(MAX_ORIGINS).filter(|key| !seen.contains(*key)));
                }
            }
        }
        // Batches that came of each other begin at one of them.
        let goes_round = origins.is_empty();
        if goes_round {
            origins.extend(seen.iter().copied().min_by_key(order));
        }
        if let (Some(&first), true) = (origins.first(), goes_round || followed > MAX_LINKS_BACK) {
            known.extend(seen.into_iter().map(|key| (key, Begin::Tangled(first))));
        }
        origins
    }

    /// Where the journey of a span begins; or the messages that all of them came to the span, or to what it came of.
    fn origin(&self, key: SpanKey, known: &mut Known) -> Result<SpanKey, &[SpanKey]> {
        let mut chain = vec![key];
        let mut seen = HashSet::from([key]);
        let mut at = key;
        let first = loop {
            let batch = match (known.get(&at), self.slots.get(at).map(|slot| &slot.cause)) {
                (Some(Begin::Batch(batch)), _) => Some(*batch),
                (Some(Begin::Tangled(_)), _) | (_, Some(Cause::Many(_))) => Some(at),
                _ => None,
            };
            if batch.is_some()
                && let Some(made) = self.untied(&chain)
            {
                return Ok(remember_untied(&chain, made, known));
            }
            match known.get(&at) {
                Some(Begin::At(place)) => break *place,
                Some(Begin::Batch(batch)) => return Err(self.remember_batch(&chain, *batch, known)),
                Some(&Begin::Tangled(first)) => {
                    known.extend(chain.iter().map(|&key| (key, Begin::Tangled(first))));
                    return Ok(first);
                }
                None => {}
            }
            let is_batch = batch.is_some();
            let before = match self.slots.get(at).map(|slot| &slot.cause) {
                None => self.traces.root_of_gap(at),
                Some(Cause::Start) => None,
                Some(Cause::One(key)) => Some(*key),
                Some(Cause::Many(messages)) => {
                    if self.knows_one_of(messages) {
                        return Err(self.remember_batch(&chain, at, known));
                    }
                    None
                }
            };
            let origin = match before {
                Some(before) if chain.len() < MAX_STEPS && seen.insert(before) => {
                    chain.push(before);
                    at = before;
                    continue;
                }
                // A cycle: it begins at one of its spans, the same one wherever it was entered.
                Some(before) if chain.len() < MAX_STEPS => least_of_cycle(&chain, before),
                _ => at,
            };
            break Place { origin, below_message: self.has_role(at, Role::is_consumer), in_batch: is_batch };
        };
        Ok(self.remember(&chain, first, known))
    }

    /// A batch of which no message is known begins something itself.
    fn knows_one_of(&self, messages: &[SpanKey]) -> bool {
        messages.iter().any(|&message| self.slots.has(message))
    }

    /// The message that a batch handler made, and did not tie to one of its own: the first in a chain that ends with the batch.
    fn untied(&self, chain: &[SpanKey]) -> Option<SpanKey> {
        let below = chain.split_last().map_or(&[][..], |(_, below)| below);
        below.iter().rev().copied().find(|&key| self.has_role(key, Role::is_producer))
    }

    /// Says which messages a batch has, to all of which the chain belongs.
    fn remember_batch(&self, chain: &[SpanKey], batch: SpanKey, known: &mut Known) -> &[SpanKey] {
        known.extend(chain.iter().map(|&key| (key, Begin::Batch(batch))));
        self.slots.get(batch).map_or(&[], |slot| slot.cause.keys())
    }

    /// Goes down a chain again, of which the last span's place is known, and says where the first one belongs.
    fn remember(&self, chain: &[SpanKey], first: Place, known: &mut Known) -> SpanKey {
        let mut place = first;
        let Some((&last, below)) = chain.split_last() else { return place.origin };
        known.insert(last, Begin::At(place));
        let mut above = last;
        for &key in below.iter().rev() {
            let is_of_job = self.refs.is_job(above) && !place.below_message;
            // What a batch handler makes and ties to none of its messages is in the journey of none.
            if (is_of_job || place.in_batch) && self.is_message(key) {
                place = Place { origin: key, in_batch: false, ..place };
            }
            place.below_message |= self.has_role(key, Role::is_consumer);
            known.insert(key, Begin::At(place));
            above = key;
        }
        place.origin
    }

    fn is_message(&self, key: SpanKey) -> bool {
        self.has_role(key, Role::is_producer)
    }

    /// Whether a span belongs to all messages of a batch.
    fn is_in_batch(&self, key: SpanKey) -> bool {
        let mut at = Some(key);
        for _ in 0..MAX_MAKERS {
            let Some(slot) = at.and_then(|at| self.slots.get(at)) else { return false };
            match &slot.cause {
                Cause::Many(_) => return true,
                Cause::One(_) if self.is_message(slot.span.key()) => return false,
                Cause::One(before) => at = Some(*before),
                Cause::Start => return false,
            }
        }
        false
    }

    fn has_role(&self, key: SpanKey, is_one: fn(Role) -> bool) -> bool {
        self.slots.get(key).and_then(|slot| slot.span.role()).is_some_and(is_one)
    }

    /// All that came of the span, itself included, and the job's span that it stands below.
    pub(super) fn walk(&self, origin: SpanKey) -> Walked {
        let mut walked = Walked { spans: Vec::new(), makers: Vec::new(), left_out: 0 };
        let mut seen = HashSet::from([origin]);
        let mut next = VecDeque::from([(origin, At::default())]);
        let mut in_batches = 0;
        if let Some(origin) = self.slots.get(origin)
            && origin.span.role().is_some_and(Role::is_producer)
        {
            self.add_makers(origin.cause.keys(), &mut walked);
        }
        while let Some((key, at)) = next.pop_front() {
            let mut at = at;
            if let Some(slot) = self.slots.get(key) {
                at.in_batch |= matches!(slot.cause, Cause::Many(_));
                let is_beyond =
                    walked.spans.len() >= MAX_SPANS || (at.in_batch && in_batches >= MAX_IN_BATCHES);
                if is_beyond {
                    walked.left_out += 1;
                    continue;
                }
                if at.in_batch {
                    in_batches += 1 + slot.span.links().len() / LINKS_OF_ONE;
                }
                at.below_message |= slot.span.role().is_some_and(Role::is_consumer);
                // What comes round to its own maker has it already.
                if !walked.makers.contains(&key) {
                    walked.spans.push(Arc::clone(&slot.span));
                }
            }
            let is_job = !at.below_message && self.refs.is_job(key);
            for follower in self.refs.of(key).filter_map(|number| self.slots.at(number)) {
                let made = follower.span.key();
                let is_message = follower.span.role().is_some_and(Role::is_producer);
                let (came_of_it, is_its_own) = match &follower.cause {
                    Cause::Start => (false, false),
                    // What a batch handler makes for all of its messages is in the journey of none.
                    Cause::One(cause) => (*cause == key, is_message && (is_job || at.in_batch)),
                    Cause::Many(messages) => {
                        (has(messages, key) && self.knows_one_of(messages), is_job && is_message)
                    }
                };
                if came_of_it && !is_its_own && seen.insert(made) {
                    next.push_back((made, at));
                }
            }
            let gaps = self.traces.gaps_of_root(key).iter().map(|&gap| (key.0, gap));
            next.extend(gaps.filter(|&gap| !self.slots.has(gap) && seen.insert(gap)).map(|gap| (gap, at)));
        }
        walked
    }

    /// The job that made the message, and what the job itself came of.
    fn add_makers(&self, makers: &[SpanKey], walked: &mut Walked) {
        let mut maker = match makers {
            [maker] if self.refs.is_job(*maker) || self.is_in_batch(*maker) => Some(*maker),
            _ => None,
        };
        while let Some(slot) = maker.and_then(|maker| self.slots.get(maker))
            && walked.makers.len() < MAX_MAKERS
            && !walked.makers.contains(&slot.span.key())
        {
            walked.spans.push(Arc::clone(&slot.span));
            walked.makers.push(slot.span.key());
            maker = match slot.cause {
                Cause::One(before) => Some(before),
                Cause::Start | Cause::Many(_) => None,
            };
        }
    }
}

/// Whether a message is among those of a batch, which are in order.
fn has(messages: &[SpanKey], key: SpanKey) -> bool {
    messages.binary_search_by_key(&order(&key), order).is_ok()
}

fn order((trace, span): &SpanKey) -> ([u8; 16], [u8; 8]) {
    (trace.to_bytes(), span.to_bytes())
}

fn least_of_cycle(chain: &[SpanKey], entered: SpanKey) -> SpanKey {
    let cycle = chain.iter().skip_while(|&&key| key != entered);
    cycle.copied().min_by_key(order).unwrap_or(entered)
}

fn remember_untied(chain: &[SpanKey], made: SpanKey, known: &mut Known) -> SpanKey {
    let place = Place { origin: made, below_message: true, in_batch: false };
    for &key in chain {
        known.insert(key, Begin::At(place));
        if key == made {
            break;
        }
    }
    made
}
