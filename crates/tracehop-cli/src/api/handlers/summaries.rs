//! Whole summaries, for `tracehop check`.

use std::io;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde::Deserialize;

use crate::api::answer;
use crate::api::state::AppState;
use crate::summary_wire::{self, Parts};

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
    // Not when the list was made: if nothing comes in any more, what waits goes on to wait.
    let now = SystemTime::now();
    let parts = summary_wire::parts(&snapshot.journeys, now, window);
    let body = Body::from_stream(stream::try_unfold(parts, next));
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body).into_response()
}

/// The next part, written where it keeps nobody from being answered meanwhile.
async fn next(mut parts: Parts) -> io::Result<Option<(Vec<u8>, Parts)>> {
    let written = tokio::task::spawn_blocking(move || {
        let part = parts.next().transpose()?;
        Ok(part.map(|part| (part, parts)))
    });
    written.await.map_err(io::Error::other)?
}
