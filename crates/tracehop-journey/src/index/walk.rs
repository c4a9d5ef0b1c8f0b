//! From a span back to where its journey begins, and from there forward.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

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

/// How many spans above a message of a job are shown with it.
const MAX_MAKERS: usize = 32;

/// What is known already of where spans belong.
pub(super) type Known = HashMap<SpanKey, Place>;

/// Where a span belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    origin: SpanKey,
    /// Whether it is a handler, or came of one.
    below_message: bool,
}

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
        let mut seen = HashSet::new();
        while let Some(key) = left.pop() {
            if !seen.insert(key) || origins.len() >= MAX_ORIGINS {
                continue;
            }
            match self.origin(key, known) {
                Ok(origin) if !origins.contains(&origin) => origins.push(origin),
                Ok(_) => {}
                Err(messages) => left.extend(messages.iter().rev().take(MAX_ORIGINS)),
            }
        }
        // Batches that came of each other begin themselves.
        if origins.is_empty() {
            origins.push(of);
        }
        origins
    }

    /// Where the journey of a span begins; or the messages that all of them came to the span, or to what it came of.
    fn origin(&self, key: SpanKey, known: &mut Known) -> Result<SpanKey, &[SpanKey]> {
        let mut chain = vec![key];
        let mut seen = HashSet::from([key]);
        let mut at = key;
        let first = loop {
            if let Some(&place) = known.get(&at) {
                break place;
            }
            let before = match self.slots.get(at).map(|slot| &slot.cause) {
                None => self.traces.root_of_gap(at),
                Some(Cause::Start) => None,
                Some(Cause::One(key)) => Some(*key),
                Some(Cause::Many(messages)) => {
                    if self.knows_one_of(messages) {
                        return Err(messages);
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
            break Place { origin, below_message: self.has_role(at, Role::is_consumer) };
        };
        Ok(self.remember(&chain, first, known))
    }

    /// A batch of which no message is known begins something itself.
    fn knows_one_of(&self, messages: &[SpanKey]) -> bool {
        messages.iter().any(|&message| self.slots.has(message))
    }

    /// Goes down a chain again, of which the last span's place is known, and says where the first one belongs.
    fn remember(&self, chain: &[SpanKey], first: Place, known: &mut Known) -> SpanKey {
        let mut place = first;
        let mut above = None;
        for &key in chain.iter().rev() {
            let is_message_of_job = above.is_some_and(|above| self.refs.is_job(above))
                && !place.below_message
                && self.has_role(key, Role::is_producer);
            if is_message_of_job {
                place.origin = key;
            }
            place.below_message |= self.has_role(key, Role::is_consumer);
            known.insert(key, place);
            above = Some(key);
        }
        place.origin
    }

    fn has_role(&self, key: SpanKey, is_one: fn(Role) -> bool) -> bool {
        self.slots.get(key).and_then(|slot| slot.span.role()).is_some_and(is_one)
    }

    /// All that came of the span, itself included, and the job's span that it stands below.
    pub(super) fn walk(&self, origin: SpanKey) -> Walked {
        let mut walked = Walked { spans: Vec::new(), makers: Vec::new(), left_out: 0 };
        let mut seen = HashSet::from([origin]);
        let mut next = VecDeque::from([(origin, false)]);
        if let Some(origin) = self.slots.get(origin)
            && origin.span.role().is_some_and(Role::is_producer)
        {
            self.add_makers(origin.cause.keys(), &mut seen, &mut walked);
        }
        while let Some((key, below_message)) = next.pop_front() {
            let mut below_message = below_message;
            if let Some(slot) = self.slots.get(key) {
                if walked.spans.len() >= MAX_SPANS {
                    walked.left_out += 1 + next.len();
                    break;
                }
                below_message |= slot.span.role().is_some_and(Role::is_consumer);
                walked.spans.push(Arc::clone(&slot.span));
            }
            let is_job = !below_message && self.refs.is_job(key);
            for follower in self.refs.of(key).filter_map(|number| self.slots.at(number)) {
                let made = follower.span.key();
                let is_its_own = is_job && follower.span.role().is_some_and(Role::is_producer);
                let came_of_it = match &follower.cause {
                    Cause::Start => false,
                    Cause::One(cause) => *cause == key,
                    Cause::Many(messages) => messages.contains(&key) && self.knows_one_of(messages),
                };
                if came_of_it && !is_its_own && seen.insert(made) {
                    next.push_back((made, below_message));
                }
            }
            let gaps = self.traces.gaps_of_root(key).iter().map(|&gap| (key.0, gap));
            next.extend(
                gaps.filter(|&gap| !self.slots.has(gap) && seen.insert(gap)).map(|gap| (gap, below_message)),
            );
        }
        walked
    }

    /// The job that made the message, and what the job itself came of.
    fn add_makers(&self, makers: &[SpanKey], seen: &mut HashSet<SpanKey>, walked: &mut Walked) {
        let mut maker = match makers {
            [maker] if self.refs.is_job(*maker) => Some(*maker),
            _ => None,
        };
        while let Some(slot) = maker.and_then(|maker| self.slots.get(maker))
            && walked.makers.len() < MAX_MAKERS
            && seen.insert(slot.span.key())
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

fn least_of_cycle(chain: &[SpanKey], entered: SpanKey) -> SpanKey {
    let cycle = chain.iter().skip_while(|&&key| key != entered);
    cycle.min_by_key(|(trace, span)| (trace.to_bytes(), span.to_bytes())).copied().unwrap_or(entered)
}
