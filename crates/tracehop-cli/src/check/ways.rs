//! Ways of messages over more than one hop.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracehop_journey::{JourneyId, JourneySummary, Outcome, SpanKey};

use super::limits::Name;
use super::messages::{Selection, age, messages};

/// What became of a message on its way to another destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) journey: JourneyId,
    pub(super) end: End,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// The message that followed was handled so long after the send.
    Arrived(Duration),
    /// Something went wrong on the way.
    Failed,
    /// It may still arrive, and has taken so long.
    OnItsWay(Duration),
    /// Its journey ended well without such a message.
    Elsewhere,
}

/// A send, and how far it came: by the sender's clock, if it was handled well, when.
#[derive(Clone, Copy, Debug)]
struct Sent {
    send: SpanKey,
    at: SystemTime,
    progress: Progress,
}

#[derive(Clone, Copy, Debug)]
enum Progress {
    Handled(SystemTime),
    Failed,
    Waits,
}

impl End {
    /// What is known better comes first.
    fn rank(self) -> u8 {
        match self {
            Self::Arrived(_) => 0,
            Self::Failed => 1,
            Self::OnItsWay(_) => 2,
            Self::Elsewhere => 3,
        }
    }
}

/// The ways of the messages that `from` means, until the message that follows on `to` was handled. A message that is in several
/// journeys is one.
pub(super) fn ways(
    journeys: &[Arc<JourneySummary>],
    from: &Selection<'_>,
    to: &Name,
    now: SystemTime,
) -> Vec<Way> {
    let mut places: HashMap<SpanKey, usize> = HashMap::new();
    let mut ways: Vec<Way> = Vec::new();
    for journey in journeys {
        for (send, end) in of_journey(journey, from, to, now) {
            let way = Way { journey: journey.id, end };
            let place = *places.entry(send).or_insert(ways.len());
            match ways.get_mut(place) {
                None => ways.push(way),
                Some(known) if end.rank() < known.end.rank() => *known = way,
                Some(_) => {}
            }
        }
    }
    ways
}

fn of_journey(
    journey: &JourneySummary,
    from: &Selection<'_>,
    to: &Name,
    now: SystemTime,
) -> Vec<(SpanKey, End)> {
    let starts = sends(journey, |hop| from.has(hop), |send| from.has_unhandled(send));
    if starts.is_empty() {
        return Vec::new();
    }
    let own: HashSet<SpanKey> = starts.iter().map(|sent| sent.send).collect();
    let ends = sends(
        journey,
        |hop| to.matches(&hop.destination) && !own.contains(&hop.send),
        |send| to.matches(&send.destination) && !own.contains(&send.send),
    );
    // One message is followed by the first one, also if two clocks disagree on which was earlier. Several are paired in order.
    let is_only = starts.len() == 1;
    let mut rest = ends.iter().peekable();
    let mut found = Vec::new();
    for start in starts {
        while !is_only && rest.next_if(|end| end.at < start.at).is_some() {}
        let so_far = age(start.at, now);
        let end = match rest.next().map(|end| end.progress) {
            Some(Progress::Handled(ended)) => End::Arrived(age(start.at, ended)),
            Some(Progress::Failed) => End::Failed,
            Some(Progress::Waits) => End::OnItsWay(so_far),
            None => match (start.progress, journey.outcome) {
                (Progress::Failed, _) => End::Failed,
                (Progress::Waits, _) | (_, Outcome::Waiting) => End::OnItsWay(so_far),
                (_, Outcome::Failed | Outcome::DeadLettered) => End::Failed,
                _ => End::Elsewhere,
            },
        };
        found.push((start.send, end));
    }
    found
}

/// The sends of a journey that are meant, earliest first.
fn sends(
    journey: &JourneySummary,
    is_meant: impl Fn(&tracehop_journey::HopRecord) -> bool,
    is_meant_unhandled: impl Fn(&tracehop_journey::UnhandledSend) -> bool,
) -> Vec<Sent> {
    let hops = journey.hops.iter().filter(|hop| is_meant(hop)).map(|hop| (journey.id, hop));
    let mut places: HashMap<SpanKey, usize> = HashMap::new();
    let mut sends: Vec<Sent> = Vec::new();
    for message in messages(hops) {
        let Some(hop) = message.tries.first() else { continue };
        let handled = message.handled().and_then(|after| hop.sent.checked_add(after));
        let progress = handled.map_or(Progress::Failed, Progress::Handled);
        let place = *places.entry(hop.send).or_insert(sends.len());
        match sends.get_mut(place) {
            None => sends.push(Sent { send: hop.send, at: hop.sent, progress }),
            // Of all who handle it, the first one counts.
            Some(sent) => sent.progress = sent.progress.or(progress),
        }
    }
    for send in journey.unhandled.iter().filter(|send| is_meant_unhandled(send)) {
        let progress = if send.error.is_some() { Progress::Failed } else { Progress::Waits };
        sends.push(Sent { send: send.send, at: send.sent, progress });
    }
    sends.sort_by_key(|sent| sent.at);
    sends
}

impl Progress {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Handled(one), Self::Handled(other)) => Self::Handled(one.min(other)),
            (handled @ Self::Handled(_), _) | (_, handled @ Self::Handled(_)) => handled,
            (one, _) => one,
        }
    }
}
