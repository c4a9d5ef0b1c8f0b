//! A hop of which no message is known from its send to its handler.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use maud::{Markup, html};
use tracehop_journey::{HopDetail, HopQuery, JourneySummary};

use crate::page::parts::{clock, count, human};

/// What is said in place of its heat maps, which would be empty.
pub(super) fn waiting(hop: &HopDetail, since: Option<SystemTime>, now: SystemTime) -> Markup {
    let verb = if hop.unhandled == 1 { "message waits" } else { "messages wait" };
    html! {
        @if hop.unmatched > 0 {
            section.empty data-empty="unmatched" {
                h2 { "No send of what was handled here is known" }
                p {
                    "So nobody can tell how long messages wait. Trace whoever sends here; where a context is put into headers by hand, let a \
                     span of the send put it there."
                }
                @if hop.unhandled > 0 { p { (count(hop.unhandled)) " " (verb) "." } }
            }
        } @else {
            section.empty data-empty="unhandled" {
                h2 { (count(hop.unhandled)) " " (verb) ", and nobody has handled any" }
                p {
                    @if let Some(since) = since {
                        "The oldest was sent at " (clock(since)) " UTC and has waited for " (human(now.duration_since(since).unwrap_or_default())) ". "
                    }
                    "How long messages wait and are handled is drawn here once one was handled: by a service whose spans are sent here, too."
                }
            }
        }
    }
}

/// When the oldest of the messages was sent that nobody has handled, as far as any journey knows.
pub(super) fn since(
    journeys: &[Arc<JourneySummary>],
    query: &HopQuery,
    window: &Range<SystemTime>,
) -> Option<SystemTime> {
    let sends = journeys.iter().flat_map(|journey| &journey.unhandled);
    let waiting: Vec<_> = sends
        .filter(|send| query.may_match(send) && send.error.is_none() && window.contains(&send.sent))
        .collect();
    let mut left: HashSet<_> = waiting.iter().map(|send| send.send).collect();
    for hop in journeys.iter().flat_map(|journey| &journey.hops) {
        left.remove(&hop.send);
    }
    waiting.iter().filter(|send| left.contains(&send.send)).map(|send| send.sent).min()
}
