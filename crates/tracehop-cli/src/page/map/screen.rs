//! The map: services, destinations, and what flows between them.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use tracehop_journey::DestinationMap;

use super::changes::changes;
use super::drawing::drawing;
use super::slider::{places, slider, words};
use super::table::{sends, table};
use crate::api::{Address, AppState, Compare, Params, Past, Window, map_of};
use crate::page::answer::{Answer, fragment, page};
use crate::page::parts::{Frame, Look, Screen, clock, count, window_select};
use crate::store::Snapshot;

/// `GET /map`
pub(crate) async fn get(State(app): State<AppState>, params: Params, look: Look) -> Response {
    page(look, move || {
        let (window, compare) = (Window::of(&params)?, Compare::of(&params)?);
        let shown = Shown::of(&app, window, compare);
        let part = Address::of("/map/live")
            .with("window", window.text())
            .maybe("compare", compare.map(Compare::text));
        let main = html! {
            h1.vh { "Map" }
            (controls(window, &shown.past, compare))
            div #list data-live-part=(part) { (shown.live_part(&app)) }
        };
        Ok(Answer::Found(Frame { title: "Map", screen: Screen::Map, look }.page(&main)))
    })
    .await
}

/// `GET /map/live`: what changes when journeys arrive.
pub(crate) async fn live(State(app): State<AppState>, params: Params) -> Response {
    fragment(move || {
        let (window, compare) = (Window::of(&params)?, Compare::of(&params)?);
        Ok(Answer::Found(Shown::of(&app, window, compare).live_part(&app)))
    })
    .await
}

fn controls(window: Window, past: &Past, compare: Option<Compare>) -> Markup {
    html! {
        form.controls action="/map" method="get" {
            (window_select(window))
            (slider(past, compare))
            button type="submit" { "Show" }
            span.grow {}
            span.key { "service " svg.swatch width="22" height="12" aria-hidden="true" { rect.box x="1" y="1" width="20" height="10" rx="3" {} } }
            span.key { "destination " svg.swatch width="22" height="12" aria-hidden="true" { rect.pipe x="1" y="1" width="20" height="10" rx="5" {} } }
            span.key { "no context, or no send " svg.swatch width="26" height="12" aria-hidden="true" { line.flow.dotted x1="1" y1="6" x2="25" y2="6" {} } }
        }
    }
}

/// What is shown, at one time.
struct Shown {
    snapshot: Arc<Snapshot>,
    now: SystemTime,
    window: Window,
    past: Past,
    compare: Option<Compare>,
}

impl Shown {
    fn of(app: &AppState, window: Window, compare: Option<Compare>) -> Self {
        let (snapshot, now) = (app.store.snapshot(), SystemTime::now());
        let past = Past::of(window, now, snapshot.journeys.last().map(|journey| journey.started));
        Self { snapshot, now, window, past, compare }
    }

    fn map(&self, app: &AppState) -> Arc<DestinationMap> {
        map_of(app, &self.snapshot, self.window.text(), self.past.range(), self.now)
    }

    fn live_part(&self, app: &AppState) -> Markup {
        let map = self.map(app);
        html! {
            (places(&self.past, self.compare))
            @if map.nodes.is_empty() {
                (nothing(self.window))
            } @else {
                (drawing(&map, self.window))
                @if map.left_out > 0 { p.notes { (count(map.left_out as u64)) " nodes and arrows are left out: there are too many to draw." } }
                @match self.compare {
                    Some(compare) if self.past.is_kept(compare) => (self.changes(app, &map, compare)),
                    Some(compare) => {
                        p.notes data-not-kept { "Nothing is kept of the time " (words(&self.past, Some(compare))) "." }
                        (table(&map, self.window))
                    }
                    None => (table(&map, self.window)),
                }
                (sends(&map, self.window))
            }
        }
    }

    fn changes(&self, app: &AppState, map: &DestinationMap, compare: Compare) -> Markup {
        let range = self.past.earlier(compare);
        let asked = format!("{} {}", self.window.text(), compare.text());
        let earlier = map_of(app, &self.snapshot, &asked, range.clone(), self.now);
        let since = html! {
            (words(&self.past, Some(compare))) ", " (clock(range.start)) " to " (clock(range.end)) " UTC"
        };
        changes(map, &earlier, &since)
    }
}

fn nothing(window: Window) -> Markup {
    html! {
        section.empty data-empty="map" {
            h2 { "Nothing flowed in the " (window.label()) }
            p { "Services and destinations appear here as soon as a span says that a message was sent or handled." }
            ul {
                li { a href=(Address::of("/map").with("window", "all")) { "look at all that is kept" } }
                li { a href="/" { "see how to send spans here" } }
            }
        }
    }
}
