//! The list of journeys.

use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::empty::{no_match, nothing_yet};
use super::grammar::{grammar, not_understood};
use super::messages::{hidden, messages};
use super::pages::pages;
use super::strip::strip;
use super::table::table;
use crate::api::{AppState, Asked, Listing, Params, Window};
use crate::page::answer::{Answer, fragment, page};
use crate::page::parts::{Frame, Look, Screen, window_select};

/// `GET /`
pub(crate) async fn get(State(app): State<AppState>, params: Params, look: Look) -> Response {
    page(look, move || {
        let asked = Asked::of(&params, app.store.tags())?;
        let main = main(&app, &asked, SystemTime::now());
        Ok(Answer::Found(Frame { title: "Journeys", screen: Screen::Journeys, look }.page(&main)))
    })
    .await
}

/// `GET /list`: what changes when journeys arrive.
pub(crate) async fn list(State(app): State<AppState>, params: Params) -> Response {
    fragment(move || {
        Ok(Answer::Found(live_part(&app, &Asked::of(&params, app.store.tags())?, SystemTime::now())))
    })
    .await
}

fn main(app: &AppState, asked: &Asked, now: SystemTime) -> Markup {
    html! {
        h1.vh { "Journeys" }
        (search(asked))
        (not_understood(asked))
        div #list data-live-part=(asked.address("/list").maybe("page", (asked.page > 1).then_some(asked.page)).maybe("until", asked.until)) {
            (live_part(app, asked, now))
        }
    }
}

fn search(asked: &Asked) -> Markup {
    html! {
        form.search action="/" method="get" role="search" {
            label.vh for="q" { "Search journeys" }
            div.box {
                input #q name="q" type="search" value=(asked.text) autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="1000"
                    placeholder="service:billing dest:orders attempt>1 wait>2s user.id:42 error:*"
                    role="combobox" aria-autocomplete="list" aria-expanded="false" aria-controls="completions";
                ul #completions role="listbox" aria-label="Completions" hidden {}
            }
            (window_select(asked.window))
            @if asked.sort.text() != "started" { input type="hidden" name="sort" value=(asked.sort.text()); }
            (hidden(asked))
            button type="submit" { "Search" }
        }
        (grammar())
    }
}

fn live_part(app: &AppState, asked: &Asked, now: SystemTime) -> Markup {
    let snapshot = app.store.snapshot();
    let listing = Listing::of(&snapshot.journeys, asked, now);
    let is_plain = asked.text.is_empty() && asked.messages.is_none() && asked.window == Window::default();
    html! {
        @if listing.kept > 0 { (messages(&listing, asked)) }
        @if listing.kept == 0 {
            (nothing_yet(&app.ways_in))
        } @else if listing.matched == 0 {
            (no_match(asked, listing.kept, is_plain))
        } @else {
            (strip(&listing, asked))
            (table(&listing, asked, now))
            (pages(&listing, asked))
        }
    }
}
