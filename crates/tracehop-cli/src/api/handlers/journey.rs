//! One journey, one span, and the journeys of a trace.

use axum::extract::State;
use axum::response::Response;
use opentelemetry::trace::TraceId;
use serde::Serialize;
use tracehop_journey::otlp::export_json;
use tracehop_journey::{JourneyId, JourneySpan};

use crate::api::answer::{Refusal, json, written};
use crate::api::in_path::InPath;
use crate::api::state::AppState;
use crate::api::wire::{JourneyJson, LineJson, SpanJson, read_key};
use crate::store::OpenJourney;

/// `GET /api/v1/journeys/{id}`
pub(in crate::api) async fn journey(State(app): State<AppState>, InPath(id): InPath<String>) -> Response {
    json(move || {
        let (id, open) = opened(&app, &id)?;
        let rows = open.journey.rows();
        let snapshot = app.store.snapshot();
        let summary = snapshot.journeys.iter().find(|summary| summary.id == id);
        let part_of = app.store.journey_around(id.0).filter(|_| summary.is_none());
        let summary = summary.map(|it| LineJson::from(it.as_ref()));
        Ok(written(&JourneyJson::of(id, &open, &rows, summary, part_of)))
    })
    .await
}

/// `GET /api/v1/journeys/{id}/otlp`
pub(in crate::api) async fn journey_otlp(
    State(app): State<AppState>,
    InPath(id): InPath<String>,
) -> Response {
    json(move || {
        let (_, open) = opened(&app, &id)?;
        Ok(export_json(open.journey.spans()))
    })
    .await
}

/// `GET /api/v1/journeys/{id}/spans/{span}`
pub(in crate::api) async fn span(
    State(app): State<AppState>,
    InPath((id, span)): InPath<(String, String)>,
) -> Response {
    json(move || {
        let (_, open) = opened(&app, &id)?;
        let span = span_of(&open, &span)?;
        let links_in = open.links_in.get(&span.key()).map(Vec::as_slice).unwrap_or_default();
        let logs = open.logs.get(&span.key()).map(Vec::as_slice).unwrap_or_default();
        Ok(written(&SpanJson::of(span, links_in, logs)))
    })
    .await
}

/// `GET /api/v1/journeys/{id}/spans/{span}/otlp`
pub(in crate::api) async fn span_otlp(
    State(app): State<AppState>,
    InPath((id, span)): InPath<(String, String)>,
) -> Response {
    json(move || {
        let (_, open) = opened(&app, &id)?;
        Ok(export_json([span_of(&open, &span)?]))
    })
    .await
}

#[derive(Serialize)]
struct TraceJson {
    journeys: Vec<JourneyId>,
}

/// `GET /api/v1/traces/{trace}`
pub(in crate::api) async fn trace(State(app): State<AppState>, InPath(trace): InPath<String>) -> Response {
    json(move || {
        let is_hex = trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = TraceId::from_hex(&trace).ok().filter(|_| is_hex);
        let id =
            id.ok_or_else(|| Refusal::BadParam(format!("{trace} is no trace id: it has 32 hex digits")))?;
        let journeys = app.store.journeys_of_trace(id);
        if journeys.is_empty() {
            return Err(Refusal::NotFound("no span of this trace is kept"));
        }
        Ok(written(&TraceJson { journeys }))
    })
    .await
}

fn opened(app: &AppState, id: &str) -> Result<(JourneyId, OpenJourney), Refusal> {
    let id: JourneyId = id.parse().map_err(|why| Refusal::BadParam(format!("{why}")))?;
    let open = app.store.journey(id).ok_or(Refusal::NotFound("no such journey is kept"))?;
    Ok((id, open))
}

fn span_of<'a>(open: &'a OpenJourney, text: &str) -> Result<&'a JourneySpan, Refusal> {
    let key = read_key(text).ok_or_else(|| {
        Refusal::BadParam("a span is {trace id}-{span id}: 32 and 16 hex digits".to_owned())
    })?;
    let found = open.journey.spans().find(|span| span.key() == key);
    found.ok_or(Refusal::NotFound("the span is not in this journey"))
}
