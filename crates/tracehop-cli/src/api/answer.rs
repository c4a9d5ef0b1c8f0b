//! How the API answers.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::params::BadParam;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What was asked for is not here.
    NotFound(&'static str),
    BadParam(String),
}

impl From<BadParam> for Refusal {
    fn from(BadParam(why): BadParam) -> Self {
        Self::BadParam(why)
    }
}

#[derive(Serialize)]
struct Told<'a> {
    error: &'a str,
}

/// Answers JSON. `make` runs where it keeps nobody from being answered meanwhile.
pub(crate) async fn json(make: impl FnOnce() -> Result<String, Refusal> + Send + 'static) -> Response {
    let Ok(answer) = tokio::task::spawn_blocking(make).await else {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, "the program is about to end");
    };
    match answer {
        Ok(text) => respond(StatusCode::OK, text),
        Err(Refusal::NotFound(what)) => refused(StatusCode::NOT_FOUND, what),
        Err(Refusal::BadParam(why)) => refused(StatusCode::BAD_REQUEST, &why),
    }
}

/// As text. Nothing that the API answers cannot be written as JSON.
pub(crate) fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

pub(crate) fn refused(status: StatusCode, why: &str) -> Response {
    respond(status, written(&Told { error: why }))
}

fn respond(status: StatusCode, text: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], text).into_response()
}
