//! Messages that brought several contexts.

use std::collections::HashMap;

use super::about::{Found, Words, counted};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};

pub(super) fn find(seen: &Seen<'_>) -> Vec<Trouble> {
    let mut consumers: HashMap<(&str, &str), Found> = HashMap::new();
    for journey in seen.summaries {
        for (service, destination) in &journey.repeated_contexts {
            consumers.entry((service, destination)).or_default().add(1, journey.started, journey);
        }
    }
    let troubles = consumers.into_iter().map(|((service, destination), found)| {
        let words = Words {
            title: format!(
                "{service} gets messages of {destination} with more than one context: {}",
                counted(found.count, "journey", "journeys")
            ),
            about: destination.to_owned(),
            means: format!(
                "Somebody on the way to {destination} copied the headers of a message and put a context of its own beside the one that \
                 was there. {service} takes the last one; a reader that takes the first sees another journey."
            ),
            advice: format!(
                "Look at who sends to {destination} and copies headers: let it remove `traceparent` and `tracestate` before it puts its \
                 own there. tracehop's senders replace them."
            ),
        };
        found.trouble(TroubleKind::RepeatedContext, words)
    });
    troubles.collect()
}
