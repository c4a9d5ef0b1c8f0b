//! That something arrived, and how much is kept.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use serde::Serialize;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::WatchStream;

use crate::api::answer::{json, written};
use crate::api::state::AppState;
use crate::entrance::Counted;
use crate::segments::{SegmentCounts, Segments};
use crate::store::StoreCounts;

/// A page that shows news four times a second is as fresh as eyes can tell.
const AT_MOST_EVERY: Duration = Duration::from_millis(250);

/// How often a silent connection is asked whether it is still there.
const STILL_THERE: Duration = Duration::from_secs(15);

#[derive(Serialize)]
struct CountsJson<'a> {
    journeys: usize,
    #[serde(flatten)]
    counts: &'a StoreCounts,
    /// What came in at the entrance, and what was refused there.
    entrance: Counted,
    /// What was written to the directory of `--data`, and what was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    disk: Option<SegmentCounts>,
}

/// `GET /api/v1/counts`
pub(in crate::api) async fn counts(State(app): State<AppState>) -> Response {
    json(move || {
        let snapshot = app.store.snapshot();
        Ok(written(&CountsJson {
            journeys: snapshot.journeys.len(),
            counts: &snapshot.counts,
            entrance: app.refused.read(),
            disk: app.segments.as_ref().map(Segments::counts),
        }))
    })
    .await
}

/// `GET /api/v1/news`: an event `news` whenever something arrived, at most four a second. Its data is a number that grows.
pub(in crate::api) async fn news(State(app): State<AppState>) -> Response {
    let told = [("x-accel-buffering", "no")];
    (told, Sse::new(events(&app)).keep_alive(KeepAlive::new().interval(STILL_THERE))).into_response()
}

fn events(app: &AppState) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let numbers = WatchStream::new(app.store.news()).throttle(AT_MOST_EVERY);
    numbers.map(|number| Ok(Event::default().event("news").data(number.to_string())))
}
