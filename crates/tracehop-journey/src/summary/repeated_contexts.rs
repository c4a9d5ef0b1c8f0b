//! Which messages brought more than one context.

use std::sync::Arc;

use crate::journey::Journey;
use crate::names::{Names, UNKNOWN};
use crate::places::Places;
use crate::role::Role;
use crate::semconv;
use crate::value::Attribute;

/// tracehop's name for it.
const REPEATED: &str = "\"repeated_traceparent\"";

/// Who handled messages with several contexts, and where they came from. One beyond `most` may be found.
pub(super) fn repeated_contexts(
    journey: &Journey,
    places: &Places<'_>,
    most: usize,
    names: &mut Names,
) -> Vec<(Arc<str>, Arc<str>)> {
    let mut found = Vec::new();
    for span in journey.spans().filter(|span| span.role().is_some_and(Role::is_consumer)) {
        // The other links of a batch are to messages of other journeys.
        let on_link = || {
            let mut told = span.links_with_attributes().filter(|(_, attributes)| are_repeated(attributes));
            told.any(|(key, _)| places.place(key).is_some())
        };
        if found.len() > most || !(are_repeated(span.attributes()) || on_link()) {
            continue;
        }
        let pair = (names.shared(span.service()), names.shared(span.destination().unwrap_or(UNKNOWN)));
        if !found.contains(&pair) {
            found.push(pair);
        }
    }
    found
}

fn are_repeated(attributes: &[Attribute]) -> bool {
    let is_said = |it: &Attribute| it.key == semconv::TRACEHOP_MESSAGE_PROBLEMS;
    attributes.iter().any(|it| is_said(it) && it.value.to_text().contains(REPEATED))
}
