//! The journeys that were asked for.

use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use tracehop_journey::JourneySummary;

use super::activity::Activity;
use super::asked::{Asked, Sort};
use super::wire::unix_nanos;

/// One page of the journeys that were asked for.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) rows: Vec<Arc<JourneySummary>>,
    /// How many there are on all pages.
    pub(crate) matched: usize,
    /// How many messages they have of those that were asked for.
    pub(crate) messages: Option<usize>,
    /// How many journeys are kept, whatever is asked.
    pub(crate) kept: usize,
    pub(crate) page: usize,
    pub(crate) pages: usize,
    /// What the next pages pass as `until`.
    pub(crate) until: Option<u64>,
    pub(crate) activity: Activity,
}

impl Listing {
    /// `journeys` has the newest first.
    pub(crate) fn of(journeys: &[Arc<JourneySummary>], asked: &Asked, now: SystemTime) -> Self {
        let window = asked.window.range(now, journeys.last().map(|oldest| oldest.started));
        let until = asked.until();
        let mut matched: Vec<&Arc<JourneySummary>> = within(journeys, &window)
            .filter(|journey| until.is_none_or(|until| journey.started <= until))
            .filter(|journey| asked.messages.as_ref().is_none_or(|messages| messages.any_in(journey)))
            .filter(|journey| asked.parsed.query.matches(journey, now))
            .collect();
        let activity = Activity::of(matched.iter().map(|journey| &***journey), &window);
        let newest = matched.first().map(|journey| unix_nanos(journey.started));
        sort(&mut matched, asked);
        let pages = matched.len().div_ceil(asked.limit).max(1);
        let page = asked.page.min(pages);
        let rows = matched.iter().skip((page - 1) * asked.limit).take(asked.limit);
        Self {
            rows: rows.map(|journey| Arc::clone(journey)).collect(),
            matched: matched.len(),
            messages: asked.messages.as_ref().map(|messages| messages.count(&matched)),
            kept: journeys.len(),
            page,
            pages,
            until: asked.until.or(newest),
            activity,
        }
    }
}

/// The journeys that started in a window. Those ahead of its end are in it too: the sender's clock is.
pub(crate) fn within<'a>(
    journeys: &'a [Arc<JourneySummary>],
    window: &Range<SystemTime>,
) -> impl Iterator<Item = &'a Arc<JourneySummary>> {
    let end = journeys.partition_point(|journey| journey.started >= window.start);
    journeys.iter().take(end)
}

fn sort(journeys: &mut [&Arc<JourneySummary>], asked: &Asked) {
    match asked.sort {
        Sort::Started => {}
        Sort::Name => journeys.sort_by(|a, b| b.name.cmp(&a.name)),
        Sort::Took => journeys.sort_by_key(|journey| std::cmp::Reverse(journey.duration)),
        Sort::Waiting => journeys.sort_by_key(|journey| std::cmp::Reverse(journey.waiting)),
        Sort::Tries => journeys.sort_by_key(|journey| std::cmp::Reverse(journey.attempts)),
        Sort::Spans => journeys.sort_by_key(|journey| std::cmp::Reverse(journey.spans)),
    }
    if asked.ascending {
        journeys.reverse();
    }
}
