//! What the page shows, for scripts: JSON below `/api/v1`. `docs/api.md` describes it.

mod activity;
mod address;
mod answer;
mod asked;
mod compare;
mod handlers;
mod in_path;
mod listing;
mod losses;
mod messages_asked;
mod params;
mod past;
mod recent;
mod state;
mod stretch;
mod views;
mod window;
mod wire;

pub(crate) use activity::Column;
pub(crate) use address::Address;
pub(crate) use asked::{Asked, Sort};
pub(crate) use compare::Compare;
pub(crate) use listing::Listing;
pub(crate) use messages_asked::{MessagesAsked, hop_query};
pub(crate) use params::{BadParam, Params};
pub(crate) use past::Past;
pub use state::{AppState, WaysIn};
pub(crate) use stretch::Stretch;
pub(crate) use views::{carrying, hop_of, map_of, quoted, troubles_of};
pub(crate) use window::Window;
pub(crate) use wire::{
    key_text, kind_text as trouble_kind_text, nanos, outcome_text, read_key, real,
    span_kind_text as kind_text_of_span, unix_nanos,
};

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, get};

/// The API below `/api/v1`, and `/healthz`.
pub fn router(app: AppState) -> Router {
    Router::new()
        .route("/api/v1/journeys", get(handlers::journeys))
        .route("/api/v1/journeys/{id}", get(handlers::journey))
        .route("/api/v1/journeys/{id}/otlp", get(handlers::journey_otlp))
        .route("/api/v1/journeys/{id}/spans/{span}", get(handlers::span))
        .route("/api/v1/journeys/{id}/spans/{span}/otlp", get(handlers::span_otlp))
        .route("/api/v1/traces/{trace}", get(handlers::trace))
        .route("/api/v1/map", get(handlers::map))
        .route("/api/v1/hop", get(handlers::hop))
        .route("/api/v1/trouble", get(handlers::trouble))
        .route("/api/v1/of", get(handlers::of))
        .route("/api/v1/summaries", get(handlers::summaries))
        .route("/api/v1/counts", get(handlers::counts))
        .route("/api/v1/complete", get(handlers::complete))
        .route("/api/v1/news", get(handlers::news))
        .route("/api/{*path}", any(nowhere))
        .route("/healthz", get(|| async { "ok\n" }))
        .method_not_allowed_fallback(only_get)
        .with_state(app)
}

async fn only_get() -> Response {
    answer::refused(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here")
}

async fn nowhere() -> Response {
    answer::refused(StatusCode::NOT_FOUND, "there is no such address; docs/api.md lists them")
}
