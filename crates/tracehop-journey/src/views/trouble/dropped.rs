//! Parts that are missing because of limits.

use std::collections::{HashMap, HashSet};

use super::about::{Found, Words, counted};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};
use crate::span_parts::SpanKey;

/// What of a span is kept here.
const BOUNDS: &str = "a span keeps 128 attributes, events and links, and 16 KiB of them";

/// What the spans of one service have lost.
#[derive(Default)]
struct Lost {
    found: Found,
    attributes: u64,
    events: u64,
    links: u64,
    here: u64,
}

pub(super) fn find(seen: &Seen<'_>) -> Vec<Trouble> {
    let mut services: HashMap<&str, Lost> = HashMap::new();
    // A batch is a part of many journeys.
    let mut known: HashSet<SpanKey> = HashSet::new();
    let (mut beyond, mut too_big) = (Found::default(), 0);
    for journey in seen.summaries {
        for loss in journey.losses.iter().filter(|loss| known.insert(loss.span)) {
            let lost = services.entry(&loss.service).or_default();
            lost.found.add(loss.total(), journey.started, journey);
            lost.attributes = lost.attributes.saturating_add(loss.attributes);
            lost.events = lost.events.saturating_add(loss.events);
            lost.links = lost.links.saturating_add(loss.links);
            lost.here = lost.here.saturating_add(loss.here);
        }
        if journey.parts_left_out > 0 {
            beyond.add(journey.parts_left_out as u64, journey.started, journey);
            too_big += 1;
        }
    }
    let mut troubles: Vec<Trouble> =
        services.into_iter().map(|(service, lost)| lost.trouble(service)).collect();
    if beyond.count > 0 {
        let words = Words {
            title: format!(
                "{} too big to be shown whole: {} missing",
                counted(too_big, "journey is", "journeys are"),
                counted(beyond.count, "part is", "parts are")
            ),
            about: String::new(),
            means: "Spans, hops or names of them went beyond the limits for one journey. Lists and maps count them too low."
                .to_owned(),
            advice: "Look whether one event really causes so many messages. A loop between services looks like this, and so does a \
                     consumer that never ends its span."
                .to_owned(),
        };
        troubles.push(beyond.trouble(TroubleKind::Dropped, words));
    }
    troubles
}

impl Lost {
    fn trouble(self, service: &str) -> Trouble {
        let Self { found, attributes, events, links, here } = self;
        let kinds = [
            (links, "link", "links", "OTEL_SPAN_LINK_COUNT_LIMIT"),
            (attributes, "attribute", "attributes", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"),
            (events, "event", "events", "OTEL_SPAN_EVENT_COUNT_LIMIT"),
        ];
        let lost = || kinds.iter().filter(|kind| kind.0 > 0);
        let parts: Vec<String> = lost().map(|&(count, one, many, _)| counted(count, one, many)).collect();
        let limits: Vec<&str> = lost().map(|kind| kind.3).collect();
        let before = found.count.saturating_sub(here);
        let broken = if links > 0 { " A lost link breaks the way of a message." } else { "" };
        let by = match (before, here) {
            (_, 0) => format!("The limits of the SDK of {service} dropped them."),
            (0, _) => format!("They came whole, and were cut here: {BOUNDS}."),
            _ => format!("The SDK of {service} dropped {before} of them; {here} were cut here: {BOUNDS}."),
        };
        let raise = format!("Raise {} of {service}, up to 128 each", limits.join(", "));
        let advice = match (before, links) {
            (0, 0) => "If they are needed here, write fewer or shorter ones.".to_owned(),
            (0, _) => "Take smaller batches.".to_owned(),
            (_, 0) => format!("{raise}."),
            _ => format!("{raise}, or let it take smaller batches."),
        };
        let words = Words {
            title: format!("spans of {service} have lost {}", parts.join(", ")),
            about: service.to_owned(),
            means: format!("{by}{broken}"),
            advice,
        };
        found.trouble(TroubleKind::Dropped, words)
    }
}
