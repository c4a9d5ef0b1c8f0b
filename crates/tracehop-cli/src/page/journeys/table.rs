//! The rows of the list.

use std::time::{Duration, SystemTime};

use maud::{Markup, html};
use tracehop_journey::{JourneySummary, Outcome};

use crate::api::{Address, Asked, Listing, Sort, outcome_text};
use crate::page::parts::{Bar, clock, human, moment, named, outcome_mark, service};

/// How many destinations of one journey a row shows.
const STATIONS: usize = 6;

pub(super) fn table(listing: &Listing, asked: &Asked, now: SystemTime) -> Markup {
    let longest = listing.rows.iter().map(|journey| journey.duration).max().unwrap_or_default();
    let whole = longest.max(Duration::from_micros(1));
    html! {
        table.list {
            caption.vh { "Journeys. The bars are to scale within the list." }
            thead {
                tr {
                    (head(asked, Sort::Started, "when", "when"))
                    (head(asked, Sort::Name, "what", "what"))
                    th.path scope="col" { "path" }
                    (head(asked, Sort::Took, "took", "num"))
                    th.bar scope="col" {
                        span.key { "working " svg.swatch width="18" height="10" aria-hidden="true" { rect.work width="18" height="10" {} } }
                        span.key { "waiting " svg.swatch width="18" height="10" aria-hidden="true" { rect.wait width="18" height="10" {} } }
                        span.scale title="The length of the drawing" { (human(whole)) }
                    }
                    (head(asked, Sort::Waiting, "waited", "num col-waited"))
                    (head(asked, Sort::Tries, "tries", "num col-tries"))
                    (head(asked, Sort::Spans, "spans", "num col-spans"))
                    th.result scope="col" { "result" }
                }
            }
            tbody {
                @for journey in &listing.rows { (row(journey, whole, now)) }
            }
        }
    }
}

/// A column that sorts. Once more turns it around.
fn head(asked: &Asked, sort: Sort, label: &str, class: &str) -> Markup {
    let is_this = asked.sort == sort;
    let mut turned = Asked { sort, ascending: sort == Sort::Name, ..asked.clone() };
    if is_this {
        turned.ascending = !asked.ascending;
    }
    let direction = if asked.ascending { "ascending" } else { "descending" };
    let arrow = if asked.ascending { "▴" } else { "▾" };
    html! {
        th class=(class) scope="col" aria-sort=[is_this.then_some(direction)] {
            a href=(turned.address("/")) data-sort=(sort.text()) { (label) @if is_this { " " span aria-hidden="true" { (arrow) } } }
        }
    }
}

fn row(journey: &JourneySummary, whole: Duration, now: SystemTime) -> Markup {
    let is_waiting = journey.outcome == Outcome::Waiting;
    let so_far = now.duration_since(journey.started).unwrap_or_default().max(journey.duration);
    let still = if is_waiting { so_far.saturating_sub(journey.duration) } else { Duration::ZERO };
    let waited = journey.waiting.saturating_add(still);
    html! {
        tr data-journey=(journey.id) data-outcome=(outcome_text(journey.outcome)) {
            td.when { (clock(journey.started)) }
            td.what {
                a href={ "/journeys/" (journey.id) } title=(named(&journey.name)) { (name(journey)) }
                @if let Some(first) = first_service(journey) { (service(first)) }
            }
            td.path title=(stations(journey)) { (path(journey)) }
            td.num data-took {
                @if is_waiting {
                    span title={ "Since " (moment(journey.started)) } { (human(so_far)) " …" }
                } @else { (human(journey.duration)) }
            }
            td.bar { (stretch_bar(journey, whole, is_waiting.then_some(so_far))) }
            td.num.col-waited { @if waited.is_zero() { span.soft { "–" } } @else { (human(waited)) } }
            td.num.col-tries.many[journey.attempts > 1] { @if journey.attempts == 0 { span.soft { "–" } } @else { (journey.attempts) } }
            td.num.col-spans { (journey.spans) }
            td.result { (outcome_mark(journey)) }
        }
    }
}

/// The service where it begins: the one that sent first. A consumer may have asked for messages before there was one, and so have
/// joined earlier.
fn first_service(journey: &JourneySummary) -> Option<&str> {
    let handled = journey.hops.iter().map(|hop| (hop.sent, &*hop.producer));
    let unhandled = journey.unhandled.iter().map(|send| (send.sent, &*send.producer));
    let first = handled.chain(unhandled).min_by_key(|(sent, _)| *sent).map(|(_, service)| service);
    first.or(journey.services.first().map(|service| &**service))
}

fn name(journey: &JourneySummary) -> Markup {
    html! { @if journey.name.is_empty() { em { (named("")) } } @else { (named(&journey.name)) } }
}

fn stations(journey: &JourneySummary) -> String {
    let names: Vec<_> = journey.destinations.iter().map(|name| named(name)).collect();
    names.join(" ▸ ")
}

/// `orders ▸ payments ▸ ? shipping`
fn path(journey: &JourneySummary) -> Markup {
    let destinations = &journey.destinations;
    let more = destinations.len().saturating_sub(STATIONS);
    html! {
        @if destinations.is_empty() { span.soft { "no message" } }
        @for (place, destination) in destinations.iter().take(STATIONS).enumerate() {
            @if place > 0 { span.to { span aria-hidden="true" { " ▸ " } span.vh { " then " } } }
            @let waits = journey.unhandled.iter().any(|send| send.destination == *destination);
            a.station.waits[waits] href=(Address::of("/hop").with("destination", destination))
                title=[waits.then_some("Nobody has handled it yet.")] { @if waits { "? " } (named(destination)) }
        }
        @if more > 0 { span.soft { " + " (more) } }
    }
}

/// When something worked and when messages only waited. A journey that still waits grows.
fn stretch_bar(journey: &JourneySummary, whole: Duration, so_far: Option<Duration>) -> Markup {
    let said = format!("{} working, {} waiting", human(journey.working), human(journey.waiting));
    html! {
        svg.stretches width="100%" height="12" role="img" aria-label=(said) focusable="false" {
            title { (said) }
            @for stretch in &journey.stretches {
                @let bar = Bar { start: stretch.from, took: stretch.to.saturating_sub(stretch.from) };
                (bar.rect(whole, if stretch.waiting { "wait" } else { "work" }))
            }
            @if let Some(so_far) = so_far && journey.duration < whole {
                (Bar { start: journey.duration, took: so_far.saturating_sub(journey.duration) }.rect(whole, "wait"))
            }
        }
    }
}
