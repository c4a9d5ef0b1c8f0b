//! One hop.

use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;

use crate::api::answer::{json, written};
use crate::api::messages_asked::hop_query;
use crate::api::params::Params;
use crate::api::state::AppState;
use crate::api::views::hop_of;
use crate::api::window::Window;
use crate::api::wire::HopJson;

/// `GET /api/v1/hop`
pub(in crate::api) async fn hop(State(app): State<AppState>, params: Params) -> Response {
    json(move || {
        let (query, window) = (hop_query(&params)?, Window::of(&params)?);
        let snapshot = app.store.snapshot();
        let range = window.range(SystemTime::now(), snapshot.journeys.last().map(|journey| journey.started));
        Ok(written(&HopJson::from(&hop_of(&snapshot.journeys, &query, range))))
    })
    .await
}
