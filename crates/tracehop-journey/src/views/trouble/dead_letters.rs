//! Messages that ended in dead letters, or were given up.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::SystemTime;

use super::about::{Found, Words, counted};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};
use crate::dead_letter_names::is_dead_letters;
use crate::summary::{JourneyId, JourneySummary, Outcome};

/// How many errors and destinations are named.
const MAX_NAMES: usize = 3;

#[derive(Default)]
struct About<'a> {
    found: Found,
    errors: BTreeSet<&'a str>,
    /// Where the dead letters are.
    letters: BTreeSet<&'a str>,
}

pub(super) fn find(seen: &Seen<'_>) -> Vec<Trouble> {
    let mut by_destination: HashMap<&str, About<'_>> = HashMap::new();
    // A handler says more than the destination of its dead letters: such a letter is not told a second time.
    let mut told: HashSet<JourneyId> = HashSet::new();
    for message in seen.handled.iter().filter(|message| message.dead) {
        let about = by_destination.entry(&message.hop.destination).or_default();
        about.found.add(1, message.at, message.journey);
        name(&mut about.errors, message.hop.handled_error.as_deref());
        for letters in sent_to(message.journey) {
            name(&mut about.letters, Some(letters));
        }
        told.insert(message.journey.id);
    }
    let letters = letters(seen);
    for &(destination, at, journey) in &letters {
        if !told.contains(&journey.id) {
            let about = by_destination.entry(destination).or_default();
            about.found.add(1, at, journey);
            name(&mut about.letters, Some(destination));
        }
    }
    told.extend(letters.iter().map(|(_, _, journey)| journey.id));
    for journey in seen.summaries {
        // If a handler took care of a failure and that made no dead letter, the message was tried again.
        let is_explained = journey.hops.iter().any(|hop| hop.handled_error.is_some());
        if journey.outcome == Outcome::DeadLettered && !is_explained && !told.contains(&journey.id) {
            let destination = journey.destinations.last().map_or(&*journey.name, |name| &**name);
            let about = by_destination.entry(destination).or_default();
            about.found.add(1, journey.started, journey);
            name(&mut about.errors, journey.error.as_deref());
        }
    }
    by_destination.into_iter().map(|(destination, about)| about.trouble(destination)).collect()
}

fn name<'a>(names: &mut BTreeSet<&'a str>, new: Option<&'a str>) {
    if names.len() < MAX_NAMES {
        names.extend(new);
    }
}

/// The sends to destinations of dead letters, each once.
fn letters<'a>(seen: &Seen<'a>) -> Vec<(&'a str, SystemTime, &'a JourneySummary)> {
    let handled = seen.handled.iter();
    let handled = handled.map(|it| (it.hop.send, &*it.hop.destination, it.hop.sent, it.journey));
    let unhandled = seen.unhandled.iter().filter(|it| it.send.error.is_none());
    let unhandled = unhandled.map(|it| (it.send.send, &*it.send.destination, it.send.sent, it.journey));
    // There are many messages, and few destinations.
    let mut names: HashMap<&str, bool> = HashMap::new();
    let mut sends = HashSet::new();
    let letters = handled.chain(unhandled).filter(|&(send, destination, ..)| {
        *names.entry(destination).or_insert_with(|| is_dead_letters(destination)) && sends.insert(send)
    });
    letters.map(|(_, destination, at, journey)| (destination, at, journey)).collect()
}

/// The destinations of dead letters that a journey sent to.
fn sent_to(journey: &JourneySummary) -> impl Iterator<Item = &str> {
    journey.destinations.iter().map(|it| &**it).filter(|destination| is_dead_letters(destination))
}

impl About<'_> {
    fn trouble(self, destination: &str) -> Trouble {
        let Self { found, errors, letters } = self;
        let messages = counted(found.count, "message", "messages");
        let listed = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(", ");
        let title = if letters.contains(destination) {
            format!("{messages} went to the dead letters {destination}")
        } else {
            format!("{messages} of {destination} ended in dead letters or {} given up", was(found.count))
        };
        let because = if errors.is_empty() { String::new() } else { format!(" Errors: {}.", listed(errors)) };
        let place = if letters.is_empty() { "the dead letters".to_owned() } else { listed(letters) };
        let words = Words {
            title,
            about: destination.to_owned(),
            means: format!(
                "Their handlers failed and nobody will try them again: what they stand for has not happened.{because}"
            ),
            advice: format!(
                "Open one of the journeys and look at the last try. When the cause is mended, replay what is in {place}."
            ),
        };
        found.trouble(TroubleKind::DeadLetters, words)
    }
}

fn was(count: u64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}
