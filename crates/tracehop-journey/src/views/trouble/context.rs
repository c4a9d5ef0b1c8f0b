//! Consumers whose messages carry no context.

use std::collections::HashMap;

use super::about::{Found, Words, counted};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};

pub(super) fn find(seen: &Seen<'_>) -> Vec<Trouble> {
    let mut consumers: HashMap<(&str, &str), Found> = HashMap::new();
    for journey in seen.summaries {
        for (service, destination) in &journey.without_context {
            let found = consumers.entry((service, destination)).or_default();
            found.add(1, journey.started, journey);
        }
    }
    let troubles = consumers.into_iter().map(|((service, destination), found)| {
        let words = Words {
            title: format!(
                "{service} handles messages of {destination} without context: {}",
                counted(found.count, "journey", "journeys")
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
