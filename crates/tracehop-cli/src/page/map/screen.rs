//! The map: services, destinations, and what flows between them.

use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::changes::changes;
use super::drawing::drawing;
use super::table::table;
use crate::api::{Address, AppState, Compare, Params, Window, map_of};
use crate::page::answer::{Answer, fragment, page};
use crate::page::parts::{Frame, Look, Screen, count, window_select};

/// `GET /map`
pub(crate) async fn get(State(app): State<AppState>, params: Params, look: Look) -> Response {
    page(look, move || {
        let (window, compare) = (Window::of(&params)?, Compare::of(&params)?);
        let part = Address::of("/map/live")
            .with("window", window.text())
            .maybe("compare", compare.map(Compare::text));
        let main = html! {
            h1.vh { "Map" }
            (controls(window, compare))
            div #list data-live-part=(part) { (live_part(&app, window, compare, SystemTime::now())) }
        };
        Ok(Answer::Found(Frame { title: "Map", screen: Screen::Map, look }.page(&main)))
    })
    .await
}

/// `GET /map/live`: what changes when journeys arrive.
pub(crate) async fn live(State(app): State<AppState>, params: Params) -> Response {
    fragment(move || {
        let (window, compare) = (Window::of(&params)?, Compare::of(&params)?);
        Ok(Answer::Found(live_part(&app, window, compare, SystemTime::now())))
    })
    .await
}

fn controls(window: Window, compare: Option<Compare>) -> Markup {
    html! {
        form.controls action="/map" method="get" {
            (window_select(window))
            label for="compare" { "compared with" }
            select #compare name="compare" data-submit {
                option value="" selected[compare.is_none()] { "nothing" }
                @for earlier in Compare::EACH { option value=(earlier.text()) selected[compare == Some(earlier)] { (earlier.label()) } }
            }
            button type="submit" { "Show" }
            span.grow {}
            span.key { "service " svg.swatch width="22" height="12" aria-hidden="true" { rect.box x="1" y="1" width="20" height="10" rx="3" {} } }
            span.key { "destination " svg.swatch width="22" height="12" aria-hidden="true" { rect.pipe x="1" y="1" width="20" height="10" rx="5" {} } }
            span.key { "no context " svg.swatch width="26" height="12" aria-hidden="true" { line.flow.dotted x1="1" y1="6" x2="25" y2="6" {} } }
        }
    }
}

fn live_part(app: &AppState, window: Window, compare: Option<Compare>, now: SystemTime) -> Markup {
    let snapshot = app.store.snapshot();
    let oldest = snapshot.journeys.last().map(|journey| journey.started);
    let range = window.range(now, oldest);
    let map = map_of(app, &snapshot, window.text(), range.clone(), now);
    let earlier = compare.map(|compare| {
        let before = compare.before(&range);
        map_of(app, &snapshot, &format!("{} {}", window.text(), compare.text()), before, now)
    });
    html! {
        @if map.nodes.is_empty() {
            section.empty data-empty="map" {
                h2 { "Nothing flowed in the " (window.label()) }
                p { "Services and destinations appear here as soon as a span says that a message was sent or handled." }
                ul {
                    li { a href=(Address::of("/map").with("window", "all")) { "look at all that is kept" } }
                    li { a href="/" { "see how to send spans here" } }
                }
            }
        } @else {
            (drawing(&map, window))
            @if map.left_out > 0 { p.notes { (count(map.left_out as u64)) " nodes and arrows are left out: there are too many to draw." } }
            @match &earlier {
                Some(earlier) => (changes(&map, earlier)),
                None => (table(&map)),
            }
        }
    }
}
