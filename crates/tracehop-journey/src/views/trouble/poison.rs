//! Messages that are tried again and again.

use std::collections::HashMap;

use super::about::{Found, Words};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};
use super::trouble_limits::TroubleLimits;

#[derive(Default)]
struct About<'a> {
    /// Its count is that of the tries from the limit on.
    found: Found,
    /// How many messages reached the limit.
    messages: u64,
    most: u32,
    error: Option<&'a str>,
    /// Whether a try from the limit on went well.
    went_well: bool,
}

pub(super) fn find(seen: &Seen<'_>, limits: &TroubleLimits) -> Vec<Trouble> {
    let limit = limits.poison_attempts.max(2);
    let mut consumers: HashMap<(&str, &str), About<'_>> = HashMap::new();
    for message in seen.handled.iter().filter(|message| message.hop.attempt >= limit) {
        let hop = message.hop;
        let about = consumers.entry((&hop.destination, &hop.consumer)).or_default();
        about.found.add(1, message.at, message.journey);
        // Each message comes by this number once.
        about.messages += u64::from(hop.attempt == limit);
        let error = hop.error.as_deref().or(hop.handled_error.as_deref());
        if hop.attempt >= about.most {
            (about.most, about.error) = (hop.attempt, error);
        }
        about.went_well |= error.is_none();
    }
    consumers
        .into_iter()
        .map(|((destination, consumer), it)| it.trouble(destination, consumer, limit))
        .collect()
}

impl About<'_> {
    fn trouble(self, destination: &str, consumer: &str, limit: u32) -> Trouble {
        let Self { mut found, messages, most, error, went_well } = self;
        found.count = messages.max(1);
        let title = match found.count {
            1 => format!("{consumer} tried one message of {destination} {most} times"),
            count => format!(
                "{consumer} tried {count} messages of {destination} {limit} times or more, one {most} times"
            ),
        };
        let outcome = match (error, went_well) {
            (Some(error), false) => {
                format!("No try from the {limit}th on went well; the last error is {error}.")
            }
            (Some(error), true) => {
                format!("Some went well in the end; the last error of the most tried one is {error}.")
            }
            (None, _) => "The last try went well.".to_owned(),
        };
        let words = Words {
            title,
            about: destination.to_owned(),
            means: match found.count {
                1 => format!(
                    "It fails in {consumer} again and again, and what comes after it may have to wait. {outcome}"
                ),
                _ => format!(
                    "They fail in {consumer} again and again, and what comes after them may have to wait. {outcome}"
                ),
            },
            advice: format!(
                "Let {consumer} send a message to dead letters after a few tries. Then look at what is special about {}.",
                if found.count == 1 { "this one" } else { "these" },
            ),
        };
        found.trouble(TroubleKind::PoisonMessage, words)
    }
}
