//! The map.

use std::time::SystemTime;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::api::answer::{json, written};
use crate::api::compare::Compare;
use crate::api::params::Params;
use crate::api::past::Past;
use crate::api::state::AppState;
use crate::api::views::map_of;
use crate::api::window::Window;
use crate::api::wire::MapJson;

#[derive(Serialize)]
struct MapsJson<'a> {
    #[serde(flatten)]
    map: MapJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<MapJson<'a>>,
}

/// `GET /api/v1/map`
pub(in crate::api) async fn map(State(app): State<AppState>, params: Params) -> Response {
    json(move || {
        let (window, compare) = (Window::of(&params)?, Compare::of(&params)?);
        let now = SystemTime::now();
        let snapshot = app.store.snapshot();
        let past = Past::of(window, now, snapshot.journeys.last().map(|journey| journey.started));
        let before = compare.map(|compare| {
            let asked = format!("{} {}", window.text(), compare.text());
            map_of(&app, &snapshot, &asked, past.earlier(compare), now)
        });
        let map = map_of(&app, &snapshot, window.text(), past.range(), now);
        Ok(written(&MapsJson { map: MapJson::from(&*map), before: before.as_deref().map(MapJson::from) }))
    })
    .await
}
