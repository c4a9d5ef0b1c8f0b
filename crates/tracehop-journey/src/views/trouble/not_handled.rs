//! Sends that nobody handled.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use super::about::{Found, Words, counted};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};
use super::trouble_limits::TroubleLimits;
use crate::dead_letter_names::is_dead_letters;
use crate::duration::{Human, elapsed};
use crate::summary::Gap;
use crate::views::durations::Durations;

/// Who consumes a destination, for all that is known.
enum Consumers {
    /// Somebody, after so long at the slowest.
    Known {
        p99: Duration,
    },
    /// Somebody whose messages carry no context.
    WithoutContext,
    Nobody,
}

pub(super) fn find(seen: &Seen<'_>, now: SystemTime, limits: &TroubleLimits) -> Vec<Trouble> {
    let mut waits: HashMap<(&str, &str), Durations> = HashMap::new();
    for message in &seen.handled {
        let destination = (&*message.hop.system, &*message.hop.destination);
        waits.entry(destination).or_default().record(message.hop.wait);
    }
    let without_context: HashSet<&str> = seen
        .unmatched
        .iter()
        .filter(|it| it.handler.gap == Gap::NoContext)
        .map(|it| &*it.handler.destination)
        .collect();
    let losses = seen.summaries.iter().flat_map(|journey| &journey.losses);
    let unlinked: HashSet<&str> =
        losses.filter(|loss| loss.links > 0).map(|loss| &*loss.destination).collect();
    let mut destinations: HashMap<(&str, &str), (Consumers, Duration, Found)> = HashMap::new();
    for message in &seen.unhandled {
        let send = message.send;
        // What was not sent need not be handled, and dead letters wait for a person.
        if send.error.is_some() || is_dead_letters(&send.destination) {
            continue;
        }
        let key = (&*send.system, &*send.destination);
        let (_, limit, found) = destinations.entry(key).or_insert_with(|| {
            let p99 = waits.get(&key).map(|waits| waits.latency().p99);
            let limit = p99.unwrap_or_default().saturating_mul(limits.wait_factor).max(limits.wait_at_least);
            let consumers = match p99 {
                Some(p99) => Consumers::Known { p99 },
                None if without_context.contains(key.1) => Consumers::WithoutContext,
                None => Consumers::Nobody,
            };
            (consumers, limit, Found::default())
        });
        if elapsed(send.sent, now) > *limit {
            found.add(1, send.sent, message.journey);
        }
    }
    let troubles = destinations.into_iter().filter(|(_, (_, _, found))| found.count > 0);
    troubles
        .map(|((_, destination), (consumers, limit, found))| {
            let mut words = words(destination, &consumers, limit, found.count);
            // A message whose link was lost looks like one that waits.
            if unlinked.contains(destination) {
                words.means.push_str(" Spans about it have lost links, though: some may have been handled.");
            }
            found.trouble(TroubleKind::NotHandled, words)
        })
        .collect()
}

fn words(destination: &str, consumers: &Consumers, limit: Duration, count: u64) -> Words {
    let limit = Human(limit);
    let (title, means, advice) = match consumers {
        Consumers::Known { p99 } => (
            match count {
                1 => format!("1 send to {destination} was not handled"),
                _ => format!("{count} sends to {destination} were not handled"),
            },
            format!(
                "Each has waited for more than {limit}, while 99 % of the messages on {destination} wait for {} or less.",
                Human(*p99)
            ),
            format!(
                "Look whether the consumers of {destination} run and keep up: their lag and their last log lines. If they do, \
                 their spans do not arrive here: look at their exporter and at their sampling."
            ),
        ),
        Consumers::WithoutContext => (
            format!("{} to {destination} cannot be followed", counted(count, "send", "sends")),
            format!(
                "The consumers of {destination} handle messages without context. So these may have been handled, and nobody can \
                 tell."
            ),
            format!(
                "Make the consumers of {destination} read the context from the headers, and look whether something on the way \
                 removes headers."
            ),
        ),
        Consumers::Nobody => (
            format!(
                "nobody handles what is sent to {destination}: {}",
                counted(count, "message", "messages")
            ),
            format!(
                "No handler of {destination} has been seen. The messages have waited for more than {limit}."
            ),
            format!(
                "Start a consumer of {destination}, or trace it if it runs. If nobody needs these messages, do not send them."
            ),
        ),
    };
    Words { title, about: destination.to_owned(), means, advice }
}
