//! Handlers of messages that no known send has brought.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::carried::carried;
use crate::journey::Journey;
use crate::names::{Names, UNKNOWN};
use crate::places::Places;
use crate::role::Role;
use crate::span::JourneySpan;
use crate::span_parts::SpanKey;

/// A handler of messages that no known send has brought: the other side of an [`UnhandledSend`](crate::UnhandledSend). How long its
/// messages waited is not known, nor how often they were tried.
#[derive(Clone, Debug, PartialEq)]
pub struct UnmatchedHandler {
    /// What is not known.
    pub gap: Gap,
    /// The span that ran the handler. Several journeys may show it.
    pub process: SpanKey,
    /// The service of the span whose context was on the message, if that is here.
    pub producer: Option<Arc<str>>,
    /// `messaging.system`, or an empty text.
    pub system: Arc<str>,
    /// Where the message came from, or `(unknown)`.
    pub destination: Arc<str>,
    /// The service that handled it.
    pub consumer: Arc<str>,
    /// The consumer group, if there is one.
    pub group: Option<Arc<str>>,
    /// When the handler started.
    pub started: SystemTime,
    /// How long it ran.
    pub handling: Duration,
    /// `error.type` of the handler, or of a failure that it took care of.
    pub error: Option<Arc<str>>,
}

/// What is missing where somebody is not traced, or not altogether.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Gap {
    /// The messages carry no context: nothing tells where they come from.
    NoContext,
    /// The messages carry a context, and no send of them is known: it was not recorded, or somebody put the context of another span
    /// on them by hand.
    NoSend,
}

/// In order of start. What goes beyond `most` is counted.
pub(super) fn unmatched(
    journey: &Journey,
    places: &Places<'_>,
    (most, left_out): (usize, &mut usize),
    names: &mut Names,
) -> Vec<UnmatchedHandler> {
    let mut found = Vec::new();
    for (place, handler) in places.spans().filter(|(_, span)| span.is(Role::Process)) {
        // A handler above the begin of this journey belongs to others.
        if journey.handovers.contains_key(&place) || journey.makers().contains(&handler.key()) {
            continue;
        }
        let Some((gap, origin)) = gap(places, handler) else { continue };
        if found.len() >= most {
            *left_out += 1;
            continue;
        }
        found.push(UnmatchedHandler {
            gap,
            process: handler.key(),
            producer: origin.map(|span| names.shared(span.service())),
            system: names.shared(handler.system().unwrap_or_default()),
            destination: names.shared(handler.destination().unwrap_or(UNKNOWN)),
            consumer: names.shared(handler.service()),
            group: handler.consumer_group().map(|group| names.shared(group)),
            started: handler.started(),
            handling: handler.duration(),
            error: handler.error().or(handler.handled_error()).map(|error| names.shared(error)),
        });
    }
    found
}

/// What is not known of a handler's messages, and the span whose context they carried. `None` if the span is a part of another one
/// that stands for the handler.
fn gap<'a>(places: &Places<'a>, handler: &JourneySpan) -> Option<(Gap, Option<&'a JourneySpan>)> {
    let contexts = carried(places, handler);
    let origin = contexts.iter().find_map(|&key| places.get(key));
    if !contexts.is_empty() {
        let is_nested = |origin: &JourneySpan| {
            origin.role().is_some_and(Role::is_consumer) && origin.service() == handler.service()
        };
        return (!origin.is_some_and(is_nested)).then_some((Gap::NoSend, origin));
    }
    // A handler whose message's sender is elsewhere had a context.
    if !handler.links().is_empty() || handler.parent().is_some() && handler.parent_is_remote() {
        return None;
    }
    let parent = handler.parent().and_then(|parent| places.get(parent));
    let is_nested = parent.is_some_and(|parent| parent.role().is_some());
    (!is_nested).then_some((Gap::NoContext, None))
}
