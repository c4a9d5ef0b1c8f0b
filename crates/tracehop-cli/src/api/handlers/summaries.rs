//! Whole summaries, for `tracehop check`.

use std::time::{Duration, SystemTime};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::api::answer;
use crate::api::state::AppState;
use crate::summary_wire;

/// How far back it looks if nobody says.
const WINDOW: Duration = Duration::from_secs(15 * 60);

#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    window: Option<String>,
}

/// `GET /api/v1/summaries?window=15m`.
pub(crate) async fn summaries(State(app): State<AppState>, Query(asked): Query<Asked>) -> Response {
    let window = match asked.window.as_deref().map_or(Ok(WINDOW), summary_wire::window) {
        Ok(window) => window,
        Err(why) => return answer::refused(StatusCode::BAD_REQUEST, &why),
    };
    let snapshot = app.store.snapshot();
    // A hundred thousand of them are some hundred megabytes: that is no work for a thread that serves others.
    // Not when the list was made: if nothing comes in any more, what waits goes on to wait.
    let now = SystemTime::now();
    let written = tokio::task::spawn_blocking(move || summary_wire::body(&snapshot.journeys, now, window));
    match written.await {
        Ok(Ok(body)) => ([(CONTENT_TYPE, "application/json")], body).into_response(),
        _ => answer::refused(StatusCode::INTERNAL_SERVER_ERROR, "the summaries cannot be written"),
    }
}
