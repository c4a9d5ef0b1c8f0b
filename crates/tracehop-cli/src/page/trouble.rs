//! What is wrong, worst first.

use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use tracehop_journey::{Trouble, TroubleKind};

use super::answer::{Answer, fragment, page};
use super::parts::{Frame, Look, Screen, clock, count, plain, window_select};
use crate::api::{AppState, Params, Window, trouble_kind_text, troubles_of};

/// `GET /trouble`
pub(super) async fn get(State(app): State<AppState>, params: Params, look: Look) -> Response {
    page(look, move || {
        let window = Window::of(&params)?;
        let main = html! {
            h1.vh { "Trouble" }
            form.controls action="/trouble" method="get" { (window_select(window)) button type="submit" { "Show" } }
            div #list data-live-part={ "/trouble/live?window=" (window.text()) } { (live_part(&app, window, SystemTime::now())) }
        };
        Ok(Answer::Found(Frame { title: "Trouble", screen: Screen::Trouble, look }.page(&main)))
    })
    .await
}

/// `GET /trouble/live`: what changes when journeys arrive.
pub(super) async fn live(State(app): State<AppState>, params: Params) -> Response {
    fragment(move || Ok(Answer::Found(live_part(&app, Window::of(&params)?, SystemTime::now())))).await
}

fn live_part(app: &AppState, window: Window, now: SystemTime) -> Markup {
    let snapshot = app.store.snapshot();
    let troubles = troubles_of(app, &snapshot, window, now);
    html! {
        @if snapshot.journeys.is_empty() {
            section.empty data-empty="trouble" {
                h2 { "Nothing is known yet" }
                p { "No trouble is told because no span has arrived. " a href="/" { "See how to send spans here." } }
            }
        } @else if troubles.is_empty() {
            section.empty data-empty="trouble" {
                h2 { "No trouble " (window.within()) }
                p { "No message was left waiting too long, given up, or tried again and again; every consumer's messages carry a context, and clocks agree." }
            }
        } @else {
            ol.troubles { @for trouble in &troubles { (item(trouble)) } }
        }
    }
}

fn item(trouble: &Trouble) -> Markup {
    let kind = trouble_kind_text(trouble.kind);
    let is_bad = matches!(
        trouble.kind,
        TroubleKind::NotHandled
            | TroubleKind::DeadLetters
            | TroubleKind::PoisonMessage
            | TroubleKind::RetryStorm
    );
    html! {
        li data-trouble=(kind) data-about=(plain(&trouble.about)) {
            header {
                span.kind.bad[is_bad] { @if is_bad { "✗ " } @else { "! " } (label(trouble.kind)) }
                h2 title=(plain(&trouble.title)) { (plain(&trouble.title)) }
                span.soft { (count(trouble.count)) " ×" @if let Some(last) = trouble.last { ", last " (clock(last)) " UTC" } }
            }
            dl {
                div { dt { "What this means" } dd { (plain(&trouble.means)) } }
                div { dt { "What to do" } dd { (plain(&trouble.advice)) } }
            }
            @if !trouble.journeys.is_empty() {
                p.evidence {
                    "Seen in "
                    @for (place, journey) in trouble.journeys.iter().enumerate() {
                        @if place > 0 { ", " }
                        a href={ "/journeys/" (journey) } data-journey=(journey) { "journey " code { (journey.0.1) } }
                    }
                }
            }
        }
    }
}

fn label(kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::NotHandled => "not handled",
        TroubleKind::DeadLetters => "dead letters",
        TroubleKind::PoisonMessage => "poison message",
        TroubleKind::RetryStorm => "retry storm",
        TroubleKind::NoContext => "no context",
        TroubleKind::RepeatedContext => "two contexts",
        TroubleKind::ClockSkew => "clocks",
        TroubleKind::Dropped => "dropped",
        _ => "trouble",
    }
}
