//! Consumers whose messages carry no context.

use std::collections::HashMap;

use super::about::{Found, Words, counted};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};
use crate::summary::Gap;

pub(super) fn find(seen: &Seen<'_>) -> Vec<Trouble> {
    let mut consumers: HashMap<(&str, &str), Found> = HashMap::new();
    for message in seen.unmatched.iter().filter(|it| it.handler.gap == Gap::NoContext) {
        let handler = message.handler;
        let found = consumers.entry((&handler.consumer, &handler.destination)).or_default();
        found.add(1, handler.started, message.journey);
    }
    let troubles = consumers.into_iter().map(|((service, destination), found)| {
        let words = Words {
            title: format!(
                "{service} handles messages of {destination} without context: {}",
                counted(found.count, "message", "messages")
            ),
            about: destination.to_owned(),
            means: format!(
                "These messages carry no trace context, or {service} does not read it. Their journeys begin at {service}, and \
                 nobody can see where they come from."
            ),
            advice: format!(
                "Trace whoever sends to {destination}, so that the context is put into the headers. If that is done, look whether \
                 {service} reads it and whether something on the way removes headers."
            ),
        };
        found.trouble(TroubleKind::NoContext, words)
    });
    troubles.collect()
}
