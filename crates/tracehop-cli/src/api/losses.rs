//! What the viewer itself has lost or refused.

use tracehop_journey::{Trouble, TroubleKind};

use super::state::AppState;
use crate::store::StoreCounts;

/// What the viewer itself has lost or refused since its start, as trouble: whoever looks for a journey should know.
pub(super) fn losses(app: &AppState, kept: &StoreCounts) -> Vec<Trouble> {
    let seen = app.refused.read();
    let loss = |count: u64, title: String, means: &str, advice: &str| Trouble {
        kind: TroubleKind::Dropped,
        title,
        about: "tracehop view".to_owned(),
        count,
        last: None,
        journeys: Vec::new(),
        means: means.to_owned(),
        advice: advice.to_owned(),
    };
    let unkept = app.segments.as_ref().map_or(0, |segments| segments.counts().failed);
    let losses = [
        loss(
            kept.dropped.too_many,
            format!("tracehop view let go {} spans, the oldest of too many", kept.dropped.too_many),
            "Its memory is full. Journeys that began earlier are not here any more, and some have lost their begin.",
            "Start it with a larger --max-memory, or sample what the services send.",
        ),
        loss(
            seen.refused_spans,
            format!("tracehop view refused {} spans", seen.refused_spans),
            "They have no valid ids, are from longer ago than spans are taken, or are more than an hour in the future.",
            "Look at the clocks of the machines that send. The answer to the exporter says what is wrong with each request.",
        ),
        loss(
            seen.refused_requests,
            format!("tracehop view refused {} requests", seen.refused_requests),
            "They are not OTLP, are too large, or have no right to send: their spans are not here.",
            "Look at the log of the exporter: the answer says what to change.",
        ),
        loss(
            seen.busy_requests,
            format!("tracehop view asked {} requests to come again", seen.busy_requests),
            "Spans came in faster than they are sorted, or the disk did not take them. Exporters that do not try again have lost them.",
            "Sample what the services send, or let fewer of them send here.",
        ),
        loss(
            unkept,
            format!("The disk did not take {unkept} requests"),
            "It is full, refuses them, or does not keep up. They are shown, and will be gone after a restart unless they came again.",
            "Look at the standard error of tracehop view, and at the disk of --data.",
        ),
        loss(
            kept.log_lines_dropped,
            format!("tracehop view let go {} log records, the oldest of too many", kept.log_lines_dropped),
            "Its memory for log records is full: an eighth of that for spans.",
            "Start it with a larger --max-memory, or send fewer log records.",
        ),
    ];
    losses.into_iter().filter(|loss| loss.count > 0).collect()
}
