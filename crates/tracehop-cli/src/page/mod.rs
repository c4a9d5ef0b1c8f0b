//! The page: what a browser shows.
//!
//! Each screen is HTML that the server renders; a few ES modules keep it fresh and listen to the keys. Everything it needs is in
//! the program.

mod answer;
mod assets;
mod hop;
mod journey;
mod journeys;
mod map;
mod of;
pub(crate) mod parts;
mod security;
mod trouble;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;

use crate::api::{self, AppState};

/// The page, and the API below `/api/v1`.
pub fn router(app: AppState) -> Router {
    let screens = Router::new()
        .route("/", get(journeys::get))
        .route("/list", get(journeys::list))
        .route("/journeys/{id}", get(journey::get))
        .route("/journeys/{id}/rows", get(journey::rows))
        .route("/journeys/{id}/panel", get(journey::panel))
        .route("/journeys/{id}/size", get(journey::size))
        .route("/map", get(map::get))
        .route("/map/live", get(map::live))
        .route("/hop", get(hop::get))
        .route("/hop/live", get(hop::live))
        .route("/trouble", get(trouble::get))
        .route("/trouble/live", get(trouble::live))
        .route("/of", get(of::get))
        .route("/of/live", get(of::live))
        .route("/assets/{version}/{name}", get(assets::get))
        .fallback(answer::nowhere)
        .with_state(app.clone());
    screens.merge(api::router(app)).layer(from_fn(security::headers))
}
