//! Messages, put together from the tries to handle them.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracehop_journey::{HopRecord, JourneyId, JourneySummary, UnhandledSend};

use super::limits::{Name, allows};

/// Which messages are meant. What is not said may be anything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Selection<'a> {
    pub(super) destination: &'a Name,
    pub(super) producer: Option<&'a Name>,
    pub(super) consumer: Option<&'a Name>,
    pub(super) group: Option<&'a Name>,
    /// They were sent then or later.
    pub(super) since: SystemTime,
}

/// A message and what one consumer did with it.
#[derive(Clone, Debug)]
pub(super) struct Message<'a> {
    pub(super) journey: JourneyId,
    pub(super) tries: Vec<&'a HopRecord>,
}

impl Selection<'_> {
    pub(super) fn has(&self, hop: &HopRecord) -> bool {
        self.destination.matches(&hop.destination)
            && hop.sent >= self.since
            && allows(self.producer, Some(&hop.producer))
            && allows(self.consumer, Some(&hop.consumer))
            && allows(self.group, hop.group.as_deref())
    }

    /// Whether a send that nobody handled is meant. Nobody knows whose it would have been, so no consumer may be asked for.
    pub(super) fn has_unhandled(&self, send: &UnhandledSend) -> bool {
        let is_anybodys = self.consumer.is_none() && self.group.is_none();
        is_anybodys && self.is_sent(&send.destination, &send.producer, send.sent)
    }

    /// Whether a send is meant, whoever handles it.
    pub(super) fn is_sent(&self, destination: &str, producer: &str, sent: SystemTime) -> bool {
        self.destination.matches(destination) && sent >= self.since && allows(self.producer, Some(producer))
    }

    /// The messages of all journeys that somebody handled. What is in several journeys is one.
    pub(super) fn messages<'a>(&self, journeys: &'a [Arc<JourneySummary>]) -> Vec<Message<'a>> {
        let hops = journeys.iter().flat_map(|journey| journey.hops.iter().map(|hop| (journey.id, hop)));
        messages(hops.filter(|(_, hop)| self.has(hop)))
    }
}

/// Puts tries together. One span may have sent many messages: a second try belongs to one that was tried once, and rather to one
/// whose first try failed.
pub(super) fn messages<'a>(hops: impl Iterator<Item = (JourneyId, &'a HopRecord)>) -> Vec<Message<'a>> {
    let mut seen = HashSet::new();
    let mut tries: Vec<_> = hops.filter(|(_, hop)| seen.insert((hop.send, hop.process))).collect();
    tries.sort_by_key(|(_, hop)| (hop.attempt, hop.sent.checked_add(hop.wait)));
    let mut messages: Vec<Message<'_>> = Vec::new();
    // By sender and consumer: the messages by the number of their last try, and whether that went well.
    let mut open: HashMap<_, BTreeMap<(u32, bool), VecDeque<usize>>> = HashMap::new();
    for (journey, hop) in tries {
        let by_tries = open.entry((hop.send, &hop.consumer, hop.group.as_ref())).or_default();
        let last = hop.attempt.saturating_sub(1);
        let before = [false, true].into_iter().find_map(|well| by_tries.get_mut(&(last, well))?.pop_front());
        let place = before.unwrap_or(messages.len());
        match messages.get_mut(place) {
            Some(message) => message.tries.push(hop),
            None => messages.push(Message { journey, tries: vec![hop] }),
        }
        by_tries.entry((hop.attempt, went_well(hop))).or_default().push_back(place);
    }
    messages
}

impl Message<'_> {
    /// From the end of the send to the end of the first try that went well.
    pub(super) fn handled(&self) -> Option<Duration> {
        self.tries.iter().find(|hop| went_well(hop)).map(|hop| hop.wait.saturating_add(hop.handling))
    }

    /// How long it waited for its first try.
    pub(super) fn waited(&self) -> Duration {
        self.tries.first().map_or(Duration::ZERO, |hop| hop.wait)
    }

    /// Whether no try went well.
    pub(super) fn failed(&self) -> bool {
        !self.tries.iter().any(|hop| went_well(hop))
    }

    pub(super) fn attempts(&self) -> u32 {
        self.tries.iter().map(|hop| hop.attempt).max().unwrap_or(0)
    }
}

fn went_well(hop: &HopRecord) -> bool {
    hop.error.is_none() && hop.handled_error.is_none()
}

/// The time from `then` to `now`.
pub(super) fn age(then: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or_default()
}
