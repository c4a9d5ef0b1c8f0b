//! How a screen is answered.

use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::parts::{Frame, Look, Screen, plain};
use crate::api::BadParam;

/// What a screen has to say.
#[derive(Debug)]
pub(crate) enum Answer {
    Found(Markup),
    /// It is at another address.
    Elsewhere(String),
    /// What was not found.
    NotFound(String),
}

/// Answers a whole page. `make` runs where it keeps nobody from being answered meanwhile: a screen may look at 100,000 journeys.
pub(crate) async fn page(
    look: Look,
    make: impl FnOnce() -> Result<Answer, BadParam> + Send + 'static,
) -> Response {
    match made(make).await {
        Ok(Answer::Found(html)) => respond(StatusCode::OK, html),
        Ok(Answer::Elsewhere(address)) => elsewhere(&address),
        Ok(Answer::NotFound(what)) => respond(StatusCode::NOT_FOUND, not_found(look, &what)),
        Err(Failure::BadParam(why)) => respond(StatusCode::BAD_REQUEST, bad_request(look, &why)),
        Err(Failure::Stopped) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Answers a part of a page.
pub(crate) async fn fragment(make: impl FnOnce() -> Result<Answer, BadParam> + Send + 'static) -> Response {
    match made(make).await {
        Ok(Answer::Found(html)) => respond(StatusCode::OK, html),
        Ok(Answer::Elsewhere(address)) => elsewhere(&address),
        Ok(Answer::NotFound(what)) => respond(StatusCode::NOT_FOUND, html! { p.soft { (plain(&what)) } }),
        Err(Failure::BadParam(why)) => respond(StatusCode::BAD_REQUEST, html! { p.soft { (plain(&why)) } }),
        Err(Failure::Stopped) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// `GET` of an address that there is not.
pub(super) async fn nowhere(look: Look) -> Response {
    respond(StatusCode::NOT_FOUND, not_found(look, "There is no such page."))
}

enum Failure {
    BadParam(String),
    /// The program is about to end.
    Stopped,
}

async fn made(make: impl FnOnce() -> Result<Answer, BadParam> + Send + 'static) -> Result<Answer, Failure> {
    let answer = tokio::task::spawn_blocking(make).await.map_err(|_| Failure::Stopped)?;
    answer.map_err(|BadParam(why)| Failure::BadParam(why))
}

fn respond(status: StatusCode, html: Markup) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], html_type(html)).into_response()
}

/// It may be there for now only.
fn elsewhere(address: &str) -> Response {
    ([(CACHE_CONTROL, "no-store")], Redirect::temporary(address)).into_response()
}

fn html_type(html: Markup) -> axum::response::Html<String> {
    axum::response::Html(html.into_string())
}

fn not_found(look: Look, what: &str) -> Markup {
    let main = html! {
        section.empty data-empty="not-found" {
            h1 { "Not found" }
            p { (plain(what)) }
            ul {
                li { a href="/" { "All journeys" } }
                li { a href="/map" { "The map" } }
            }
        }
    };
    Frame { title: "Not found", screen: Screen::Other, look }.page(&main)
}

fn bad_request(look: Look, why: &str) -> Markup {
    let main = html! {
        section.empty data-empty="bad-request" {
            h1 { "This address says something else than it may" }
            p { (plain(why)) "." }
            ul { li { a href="/" { "All journeys" } } }
        }
    };
    Frame { title: "Bad address", screen: Screen::Other, look }.page(&main)
}
