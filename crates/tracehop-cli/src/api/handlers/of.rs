//! The journeys that carry an attribute.

use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::api::answer::{json, written};
use crate::api::params::{BadParam, Params};
use crate::api::state::AppState;
use crate::api::views::carrying;
use crate::api::window::Window;
use crate::api::wire::LineJson;

/// How many journeys one answer has.
const MOST: usize = 1_000;

#[derive(Serialize)]
struct OfJson<'a> {
    key: &'a str,
    value: &'a str,
    matched: usize,
    journeys: Vec<LineJson<'a>>,
}

/// `GET /api/v1/of`
pub(in crate::api) async fn of(State(app): State<AppState>, params: Params) -> Response {
    json(move || {
        let (key, value) = (params.needed("key")?, params.needed("value")?);
        // Nobody has looked for it in spans: to say that no journey carries it may be wrong.
        if !app.store.tags().iter().any(|tag| tag == key) {
            return Err(not_a_tag(key, app.store.tags()).into());
        }
        let window = if params.get("window").is_some() { Window::of(&params)? } else { Window::All };
        let snapshot = app.store.snapshot();
        let journeys = carrying(&snapshot.journeys, key, value, window.begins(SystemTime::now()));
        let lines = journeys.iter().take(MOST).map(|journey| LineJson::from(journey.as_ref()));
        Ok(written(&OfJson { key, value, matched: journeys.len(), journeys: lines.collect() }))
    })
    .await
}

fn not_a_tag(key: &str, tags: &[String]) -> BadParam {
    BadParam(format!("key={key} was not named with --tag at the start; these were: {}", tags.join(", ")))
}
