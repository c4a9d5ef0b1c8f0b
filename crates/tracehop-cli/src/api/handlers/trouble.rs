//! What is wrong.

use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::api::answer::{json, written};
use crate::api::params::Params;
use crate::api::state::AppState;
use crate::api::views::troubles_of;
use crate::api::window::Window;
use crate::api::wire::TroubleJson;

#[derive(Serialize)]
struct TroublesJson<'a> {
    troubles: Vec<TroubleJson<'a>>,
}

/// `GET /api/v1/trouble`
pub(in crate::api) async fn trouble(State(app): State<AppState>, params: Params) -> Response {
    json(move || {
        let snapshot = app.store.snapshot();
        let troubles = troubles_of(&app, &snapshot, Window::of(&params)?, SystemTime::now());
        Ok(written(&TroublesJson { troubles: troubles.iter().map(TroubleJson::from).collect() }))
    })
    .await
}
