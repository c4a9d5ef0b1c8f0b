//! Handlers of messages whose sends are not known.

use std::sync::Arc;

use crate::carried::carried;
use crate::journey::Journey;
use crate::names::{Names, UNKNOWN};
use crate::places::Places;
use crate::role::Role;
use crate::span::JourneySpan;

/// A handler whose messages carried a context, though no send of them is known: it was not recorded, or somebody put the context of
/// another span on the message by hand. How long the message waited is not known either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutSend {
    /// The service of the span whose context was on the message, if that is here.
    pub producer: Option<Arc<str>>,
    /// `messaging.system` of the handler, or an empty text.
    pub system: Arc<str>,
    /// Where the message came from.
    pub destination: Arc<str>,
    /// The service that handled it.
    pub consumer: Arc<str>,
}

/// One beyond `most` may be found.
pub(super) fn without_send(
    journey: &Journey,
    places: &Places<'_>,
    most: usize,
    names: &mut Names,
) -> Vec<WithoutSend> {
    let mut found: Vec<WithoutSend> = Vec::new();
    for (place, handler) in places.spans().filter(|(_, span)| span.is(Role::Process)) {
        if found.len() > most || journey.handovers.contains_key(&place) {
            continue;
        }
        let contexts = carried(places, handler);
        let origin = contexts.iter().find_map(|&key| places.get(key));
        // Below another consumer span of its service it is a part of that.
        let is_nested = |origin: &JourneySpan| {
            origin.role().is_some_and(Role::is_consumer) && origin.service() == handler.service()
        };
        if contexts.is_empty() || origin.is_some_and(is_nested) {
            continue;
        }
        let one = WithoutSend {
            producer: origin.map(|span| names.shared(span.service())),
            system: names.shared(handler.system().unwrap_or_default()),
            destination: names.shared(handler.destination().unwrap_or(UNKNOWN)),
            consumer: names.shared(handler.service()),
        };
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}
