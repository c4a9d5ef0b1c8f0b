//! The journeys of a user, a session, or whatever else an attribute names, on one time line.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use tracehop_journey::{JourneySummary, Outcome};

use super::answer::{Answer, fragment, page};
use super::parts::{
    Bar, Frame, Look, Screen, clock, count, human, moment, named, outcome_mark, plain, window_links,
};
use crate::api::{Address, AppState, BadParam, Params, Window, carrying};

/// How many journeys one time line has.
const MOST: usize = 500;

/// `GET /of?key=&value=`
pub(super) async fn get(State(app): State<AppState>, params: Params, look: Look) -> Response {
    page(look, move || {
        let (key, value, window) = asked(&params)?;
        let title = format!("{} {}", named(key), named(value));
        let part = address("/of/live", (key, value), window);
        let main = html! { div #list data-live-part=(part) { (live_part(&app, (key, value), window, SystemTime::now())) } };
        Ok(Answer::Found(Frame { title: &title, screen: Screen::Of, look }.page(&main)))
    })
    .await
}

/// `GET /of/live`: what changes when journeys arrive.
pub(super) async fn live(State(app): State<AppState>, params: Params) -> Response {
    fragment(move || {
        let (key, value, window) = asked(&params)?;
        Ok(Answer::Found(live_part(&app, (key, value), window, SystemTime::now())))
    })
    .await
}

fn asked(params: &Params) -> Result<(&str, &str, Window), BadParam> {
    // What somebody did is looked at as a whole, unless a window is named.
    let window = if params.get("window").is_some() { Window::of(params)? } else { Window::All };
    Ok((params.needed("key")?, params.needed("value")?, window))
}

fn live_part(app: &AppState, (key, value): (&str, &str), window: Window, now: SystemTime) -> Markup {
    let snapshot = app.store.snapshot();
    let mut journeys = carrying(&snapshot.journeys, key, value, window.begins(now));
    let found = journeys.len();
    journeys.truncate(MOST);
    journeys.reverse();
    main(&journeys, found, (key, value), window)
}

/// `journeys` has the oldest first.
fn main(
    journeys: &[Arc<JourneySummary>],
    found: usize,
    (key, value): (&str, &str),
    window: Window,
) -> Markup {
    let begins = journeys.first().map_or(SystemTime::UNIX_EPOCH, |first| first.started);
    let after = |journey: &JourneySummary| journey.started.duration_since(begins).unwrap_or_default();
    let whole = journeys.iter().map(|journey| after(journey).saturating_add(journey.duration)).max();
    let whole = whole.unwrap_or_default().max(Duration::from_micros(1));
    html! {
        header.journey {
            h1 { "Journeys of " code { (named(key)) } " " (named(value)) }
            span.soft { (count(found as u64)) " found" @if found > journeys.len() { ", the latest " (journeys.len()) " are shown" } }
        }
        div.controls { (window_links(window, |window| address("/of", (key, value), window))) }
        @if journeys.is_empty() {
            section.empty data-empty="of" {
                h2 { "No journey carries it" }
                p { "Only attributes that were named at start are kept to be found: " code { "tracehop view --tag " (plain(key)) } "." }
                ul { li { a href="/" { "All journeys" } } }
            }
        } @else {
            table.list.of {
                caption.vh { "Journeys, oldest first, on one time line" }
                thead { tr {
                    th.when scope="col" { "when" } th.what scope="col" { "what" }
                    th.bar scope="col" { span.scale { (moment(begins)) " + " (human(whole)) } }
                    th.num scope="col" { "took" } th.num.col-waited scope="col" { "waited" } th.result scope="col" { "result" }
                } }
                tbody {
                    @for journey in journeys {
                        tr data-journey=(journey.id) {
                            td.when { (clock(journey.started)) }
                            td.what { a href={ "/journeys/" (journey.id) } title=(named(&journey.name)) { (named(&journey.name)) } " " span.soft { (path(journey)) } }
                            td.bar { (line(journey, after(journey), whole)) }
                            td.num { (human(journey.duration)) @if journey.outcome == Outcome::Waiting { " …" } }
                            td.num.col-waited { (human(journey.waiting)) }
                            td.result { (outcome_mark(journey)) }
                        }
                    }
                }
            }
        }
    }
}

/// The address of the same in a window.
fn address(path: &str, (key, value): (&str, &str), window: Window) -> Address {
    Address::of(path).with("key", key).with("value", value).with("window", window.text())
}

fn path(journey: &JourneySummary) -> String {
    let stations: Vec<String> =
        journey.destinations.iter().take(4).map(|it| named(it).into_owned()).collect();
    stations.join(" ▸ ")
}

/// The journey where it stands in the time line.
fn line(journey: &JourneySummary, after: Duration, whole: Duration) -> Markup {
    html! {
        svg.stretches width="100%" height="12" aria-hidden="true" focusable="false" {
            line.base x1="0" x2="100%" y1="11.5" y2="11.5" {}
            @if journey.stretches.is_empty() { (Bar { start: after, took: journey.duration }.rect(whole, "work")) }
            @for stretch in &journey.stretches {
                @let bar = Bar { start: after.saturating_add(stretch.from), took: stretch.to.saturating_sub(stretch.from) };
                (bar.rect(whole, if stretch.waiting { "wait" } else { "work" }))
            }
        }
    }
}
