//! Parts that are missing because of limits.

use super::about::{Found, Words, counted};
use super::seen::Seen;
use super::trouble::{Trouble, TroubleKind};

pub(super) fn find(seen: &Seen<'_>) -> Vec<Trouble> {
    let (mut in_spans, mut beyond) = (Found::default(), Found::default());
    let (mut with_loss, mut too_big) = (0, 0);
    for journey in seen.summaries {
        if journey.lost_in_spans > 0 {
            in_spans.add(journey.lost_in_spans, journey.started, journey);
            with_loss += 1;
        }
        if journey.parts_left_out > 0 {
            beyond.add(journey.parts_left_out as u64, journey.started, journey);
            too_big += 1;
        }
    }
    let mut troubles = Vec::new();
    if in_spans.count > 0 {
        let words = Words {
            title: format!(
                "spans of {} have lost {} attributes, events or links",
                counted(with_loss, "journey", "journeys"),
                in_spans.count
            ),
            about: String::new(),
            means: "The SDKs that made the spans, or the limits for spans here, dropped them. A lost link breaks the way of a \
                    message."
                .to_owned(),
            advice: "Raise OTEL_SPAN_LINK_COUNT_LIMIT, OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT and OTEL_SPAN_EVENT_COUNT_LIMIT of the \
                     services, up to 128 each, or take smaller batches."
                .to_owned(),
        };
        troubles.push(in_spans.trouble(TroubleKind::Dropped, words));
    }
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
