//! What screens are computed from.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use tracehop_journey::{
    DestinationMap, HopDetail, HopQuery, JourneySummary, Trouble, TroubleLimits, troubles,
};

use super::listing::within;
use super::losses::losses;
use super::state::AppState;
use super::window::Window;
use crate::store::Snapshot;

/// The map of a window. `asked` says which window it is, in words.
pub(crate) fn map_of(
    app: &AppState,
    snapshot: &Snapshot,
    asked: &str,
    window: Range<SystemTime>,
    now: SystemTime,
) -> Arc<DestinationMap> {
    app.maps.get(asked, || DestinationMap::of(&snapshot.journeys, window, now))
}

/// One hop in a window.
pub(crate) fn hop_of(
    journeys: &[Arc<JourneySummary>],
    query: &HopQuery,
    window: Range<SystemTime>,
) -> HopDetail {
    HopDetail::of(journeys, query, window)
}

/// What is wrong in a window, and what the viewer itself has lost since its start.
pub(crate) fn troubles_of(
    app: &AppState,
    snapshot: &Snapshot,
    window: Window,
    now: SystemTime,
) -> Vec<Trouble> {
    let found = app.troubles.get(window.text(), || {
        let begins = window.begins(now)..now;
        let within: Vec<Arc<JourneySummary>> = within(&snapshot.journeys, &begins).map(Arc::clone).collect();
        troubles(&within, now, &TroubleLimits::default())
    });
    let mut troubles = found.to_vec();
    troubles.extend(losses(app, &snapshot.counts));
    troubles
}

/// The journeys that carry an attribute, newest first.
pub(crate) fn carrying(
    journeys: &[Arc<JourneySummary>],
    key: &str,
    value: &str,
    begins: SystemTime,
) -> Vec<Arc<JourneySummary>> {
    let carries = |journey: &&Arc<JourneySummary>| {
        let mut tags = journey.tags.iter();
        tags.any(|(known, carried)| &**known == key && &**carried == value)
    };
    let since = journeys.iter().take_while(|journey| journey.started >= begins);
    since.filter(carries).map(Arc::clone).collect()
}

/// A value as the search box needs it.
pub(crate) fn quoted(value: &str) -> Cow<'_, str> {
    let is_plain = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '/');
    if !value.is_empty() && value.chars().all(is_plain) {
        return Cow::Borrowed(value);
    }
    Cow::Owned(format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
}
