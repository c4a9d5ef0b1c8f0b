//! The messages of many journeys, each once.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use crate::dead_letter_names::{is_dead_letters, is_retries};
use crate::span_parts::SpanKey;
use crate::summary::{HopRecord, JourneySummary, Outcome, UnhandledSend, UnmatchedHandler};

/// A message that was handled: one try.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handled<'a> {
    pub(crate) hop: &'a HopRecord,
    /// The first journey that has it.
    pub(crate) journey: &'a JourneySummary,
    /// Whether the handler's failure made it a dead letter.
    pub(crate) dead: bool,
    /// [`HopRecord::handled_at`].
    pub(crate) at: SystemTime,
}

/// A message that nobody has handled in any of the journeys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unhandled<'a> {
    pub(crate) send: &'a UnhandledSend,
    /// The first journey that has it.
    pub(crate) journey: &'a JourneySummary,
}

/// A handler of messages that no known send has brought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unmatched<'a> {
    pub(crate) handler: &'a UnmatchedHandler,
    /// The first journey that has it.
    pub(crate) journey: &'a JourneySummary,
}

/// The messages that were handled and that are `wanted`. A span of a batch is in several journeys: the same send and the same
/// handler count once.
pub(crate) fn handled<'a>(
    summaries: &'a [Arc<JourneySummary>],
    wanted: impl Fn(&Handled<'a>) -> bool,
) -> impl Iterator<Item = Handled<'a>> {
    let mut seen: HashSet<(SpanKey, SpanKey)> = HashSet::new();
    summaries
        .iter()
        .flat_map(|journey| {
            let dead = DeadLettered::of(journey);
            journey.hops.iter().map(move |hop| {
                let at = hop.handled_at();
                Handled { hop, journey, dead: dead.has(hop, at), at }
            })
        })
        // What is not wanted need not be remembered.
        .filter(move |handled| wanted(handled) && seen.insert((handled.hop.send, handled.hop.process)))
}

/// The messages that nobody has handled, each once. What was not even sent is one of them, and has an error.
pub(crate) fn unhandled(summaries: &[Arc<JourneySummary>]) -> impl Iterator<Item = Unhandled<'_>> {
    let all = || {
        let of = |journey| move |send| Unhandled { send, journey };
        summaries.iter().flat_map(move |journey| journey.unhandled.iter().map(of(&**journey)))
    };
    let mut waiting: HashSet<SpanKey> = all().map(|message| message.send.send).collect();
    // One journey may see the handler that another one does not see.
    if !waiting.is_empty() {
        for hop in summaries.iter().flat_map(|journey| &journey.hops) {
            waiting.remove(&hop.send);
        }
    }
    all().filter(move |message| waiting.remove(&message.send.send))
}

/// The handlers of messages that no known send has brought, each once. One journey may know the send that another one does not.
pub(crate) fn unmatched(summaries: &[Arc<JourneySummary>]) -> impl Iterator<Item = Unmatched<'_>> {
    let all = || {
        let of = |journey| move |handler| Unmatched { handler, journey };
        summaries.iter().flat_map(move |journey| journey.unmatched.iter().map(of(&**journey)))
    };
    let mut left: HashSet<SpanKey> = all().map(|it| it.handler.process).collect();
    if !left.is_empty() {
        for hop in summaries.iter().flat_map(|journey| &journey.hops) {
            left.remove(&hop.process);
        }
    }
    all().filter(move |it| left.remove(&it.handler.process))
}

/// Finds the tries of one journey that made dead letters.
#[derive(Default)]
struct DeadLettered<'a> {
    /// The last try of each message by each consumer that had a failure.
    last_tries: HashMap<Consumption<'a>, u32>,
    /// When each service last sent to a destination for retries.
    retries: HashMap<&'a str, SystemTime>,
    /// When each service last sent to each destination.
    sends: HashMap<(&'a str, &'a str), SystemTime>,
}

/// A message, and the service and group that handled it.
type Consumption<'a> = (SpanKey, &'a str, Option<&'a str>);

impl<'a> DeadLettered<'a> {
    fn of(journey: &'a JourneySummary) -> Self {
        let mut found = Self::default();
        // Most journeys have none, and this is quick to see.
        if journey.hops.iter().all(|hop| hop.handled_error.is_none()) {
            return found;
        }
        let any = journey.outcome == Outcome::DeadLettered
            || journey.hops.iter().any(|hop| is_dead_letters(&hop.destination))
            || journey.unhandled.iter().any(|send| is_dead_letters(&send.destination));
        if !any {
            return found;
        }
        for hop in &journey.hops {
            let last = found.last_tries.entry(consumption(hop)).or_default();
            *last = hop.attempt.max(*last);
        }
        let handled = journey.hops.iter().map(|hop| (&*hop.producer, &*hop.destination, hop.sent));
        let unhandled = journey.unhandled.iter().map(|send| (&*send.producer, &*send.destination, send.sent));
        for (producer, destination, sent) in handled.chain(unhandled) {
            let last = found.sends.entry((producer, destination)).or_insert(sent);
            *last = sent.max(*last);
            if is_retries(destination) {
                let last = found.retries.entry(producer).or_insert(sent);
                *last = sent.max(*last);
            }
        }
        found
    }

    /// A failure that was taken care of, with no later try: neither of the same message, nor of a copy that was sent to a
    /// destination for retries or back to where it came from.
    fn has(&self, hop: &HopRecord, at: SystemTime) -> bool {
        if hop.handled_error.is_none() || self.last_tries.get(&consumption(hop)) != Some(&hop.attempt) {
            return false;
        }
        let retried = self.retries.get(&*hop.consumer);
        let requeued = self.sends.get(&(&*hop.consumer, &*hop.destination));
        !retried.into_iter().chain(requeued).any(|&sent| sent >= at)
    }
}

fn consumption(hop: &HopRecord) -> Consumption<'_> {
    (hop.send, &hop.consumer, hop.group.as_deref())
}

/// How many seconds a window has so far.
pub(crate) fn seconds(window: &Range<SystemTime>, now: SystemTime) -> f64 {
    window.end.min(now).duration_since(window.start).unwrap_or_default().as_secs_f64()
}
