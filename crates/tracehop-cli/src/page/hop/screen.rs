//! One hop: how long its messages wait and are handled, over time.

use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use tracehop_journey::{HopDetail, HopQuery, Latency};

use super::cell::{Cells, HeatKind};
use super::heat::heat;
use super::tables::{slowest, spread};
use super::waiting::{since, waiting};
use crate::api::{Address, AppState, Params, Window, hop_of, hop_query, quoted};
use crate::page::answer::{Answer, fragment, page};
use crate::page::parts::{Frame, Look, Screen, clipped, count, human, named, share, window_links};

/// `GET /hop?destination=`
pub(crate) async fn get(State(app): State<AppState>, params: Params, look: Look) -> Response {
    page(look, move || {
        let (query, window) = (hop_query(&params)?, Window::of(&params)?);
        let title = named(&query.destination).into_owned();
        let main = html! {
            div #list data-live-part=(address("/hop/live", &query, window)) { (live_part(&app, &query, window, SystemTime::now())) }
        };
        Ok(Answer::Found(Frame { title: &title, screen: Screen::Hop, look }.page(&main)))
    })
    .await
}

/// `GET /hop/live`: what changes when journeys arrive.
pub(crate) async fn live(State(app): State<AppState>, params: Params) -> Response {
    fragment(move || {
        let (query, window) = (hop_query(&params)?, Window::of(&params)?);
        Ok(Answer::Found(live_part(&app, &query, window, SystemTime::now())))
    })
    .await
}

fn live_part(app: &AppState, query: &HopQuery, window: Window, now: SystemTime) -> Markup {
    let snapshot = app.store.snapshot();
    let oldest = snapshot.journeys.last().map(|journey| journey.started);
    let range = window.range(now, oldest);
    let until = range.end;
    let hop = hop_of(&snapshot.journeys, query, range.clone());
    let drawing = html! {
        @if hop.count == 0 {
            (waiting(&hop, since(&snapshot.journeys, query, &range), now))
        } @else {
            (heats(&hop, query, until))
        }
    };
    main(&hop, query, window, &drawing)
}

fn heats(hop: &HopDetail, query: &HopQuery, until: SystemTime) -> Markup {
    let cells = |kind| Cells { kind, hop, query, until };
    html! {
        div.heats {
            (heat(&cells(HeatKind::Waiting), &hop.waits, &hop.wait_over_time))
            (heat(&cells(HeatKind::Handling), &hop.handlings, &[]))
        }
    }
}

/// `drawing` stands between its figures and its tables.
fn main(hop: &HopDetail, query: &HopQuery, window: Window, drawing: &Markup) -> Markup {
    html! {
        header.journey {
            h1 title=(named(&query.destination)) { (named(&query.destination)) }
            span.soft { @if !hop.system.is_empty() { (clipped(&hop.system)) } }
            @for (what, value) in [("from", &query.producer), ("to", &query.consumer), ("group", &query.group)] {
                @if let Some(value) = value { span.chip title=(named(value)) { (what) " " b { (named(value)) } } }
            }
            @if query.producer.is_some() || query.consumer.is_some() || query.group.is_some() {
                a href=(Address::of("/hop").with("destination", &query.destination).with("window", window.text())) { "the whole destination" }
            }
        }
        div.controls {
            (window_links(window, |window| address("/hop", query, window)))
            // A search finds nothing by an empty name.
            @if !query.destination.is_empty() {
                a href=(Address::of("/").with("q", format!("dest:{}", quoted(&query.destination))).with("window", window.text())) { "its journeys" }
            }
        }
        @if hop.count == 0 && hop.unhandled == 0 && hop.unmatched == 0 {
            section.empty data-empty="hop" {
                h2 { "No message went this way " (window.within()) }
                ul {
                    @if window != Window::All { li { a href=(address("/hop", query, Window::All)) { "look at all that is kept" } } }
                    li { a href="/map" { "back to the map" } }
                }
            }
        } @else {
            (figures(hop))
            (drawing)
            (slowest(hop))
            div.twice {
                (spread("By partition", "partition", &hop.partitions))
                (spread("By consumer", "consumer", &hop.consumers))
            }
        }
    }
}

/// The address of the same hop in a window.
fn address(path: &str, query: &HopQuery, window: Window) -> Address {
    Address::of(path)
        .with("destination", &query.destination)
        .maybe("producer", query.producer.as_ref())
        .maybe("consumer", query.consumer.as_ref())
        .maybe("group", query.group.as_ref())
        .with("window", window.text())
}

fn figures(hop: &HopDetail) -> Markup {
    html! {
        dl.strip {
            div { dt { "handled" } dd data-figure="count" { (count(hop.count)) } }
            div.bad[hop.errors > 0] { dt { "failed" } dd { @if hop.errors > 0 { "✗ " } (share(hop.errors, hop.count)) } }
            div { dt { "tries after the first" } dd { (count(hop.retries)) } }
            div.bad[hop.dead_letters > 0] { dt { "dead letters" } dd { @if hop.dead_letters > 0 { "✗ " } (count(hop.dead_letters)) } }
            div { dt { "still waiting" } dd { (count(hop.unhandled)) } }
            @if hop.unmatched > 0 {
                div { dt { "handled without a known send" } dd data-figure="unmatched" { (count(hop.unmatched)) } }
                div.bad[hop.unmatched_errors > 0] { dt { "of these failed" } dd { @if hop.unmatched_errors > 0 { "✗ " } (share(hop.unmatched_errors, hop.unmatched)) } }
                (latency("their handling", hop.unmatched_handling))
            }
            (latency("wait", hop.wait))
            (latency("handling", hop.handling))
        }
    }
}

fn latency(name: &str, latency: Latency) -> Markup {
    html! {
        div {
            dt { (name) " p50 · p95 · p99" }
            dd { @if latency.count == 0 { "–" } @else { (human(latency.p50)) " · " (human(latency.p95)) " · " (human(latency.p99)) } }
        }
    }
}
