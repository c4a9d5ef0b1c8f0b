//! Lists of journeys.

use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::api::activity::Activity;
use crate::api::answer::{json, written};
use crate::api::asked::Asked;
use crate::api::listing::Listing;
use crate::api::params::Params;
use crate::api::state::AppState;
use crate::api::wire::LineJson;

#[derive(Serialize)]
struct ListJson<'a> {
    journeys: Vec<LineJson<'a>>,
    matched: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<usize>,
    kept: usize,
    page: usize,
    pages: usize,
    until: Option<u64>,
    activity: &'a Activity,
    not_understood: Vec<NotUnderstood<'a>>,
}

#[derive(Serialize)]
struct NotUnderstood<'a> {
    text: &'a str,
    why: &'a str,
    suggestion: Option<&'a str>,
}

/// `GET /api/v1/journeys`
pub(in crate::api) async fn journeys(State(app): State<AppState>, params: Params) -> Response {
    json(move || {
        let asked = Asked::of(&params, app.store.tags())?;
        let listing = Listing::of(&app.store.snapshot().journeys, &asked, SystemTime::now());
        let not_understood = asked.parsed.not_understood.iter().map(|it| NotUnderstood {
            text: &it.text,
            why: &it.why,
            suggestion: it.suggestion.as_deref(),
        });
        Ok(written(&ListJson {
            journeys: listing.rows.iter().map(|journey| LineJson::from(journey.as_ref())).collect(),
            matched: listing.matched,
            messages: listing.messages,
            kept: listing.kept,
            page: listing.page,
            pages: listing.pages,
            until: listing.until,
            activity: &listing.activity,
            not_understood: not_understood.collect(),
        }))
    })
    .await
}
