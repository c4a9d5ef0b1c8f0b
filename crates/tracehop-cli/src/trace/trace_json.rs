//! The journeys of one trace in JSON.

use std::time::SystemTime;

use opentelemetry::trace::TraceId;
use serde::Serialize;
use tracehop_journey::{Journey, JourneyId, JourneyRow, RowKind};

use super::hop_json::{HopJson, nanos};

/// What `tracehop trace --json` prints. Ids are in hex, times and durations in nanoseconds.
#[derive(Debug, Serialize)]
pub(super) struct TraceJson<'a> {
    trace: String,
    journeys: Vec<JourneyJson>,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct JourneyJson {
    id: JourneyId,
    name: String,
    started_unix_ns: u64,
    duration_ns: u64,
    failed: bool,
    traces: Vec<String>,
    rows: Vec<RowJson>,
    hops: Vec<HopJson>,
}

#[derive(Debug, Serialize)]
struct RowJson {
    kind: RowKind,
    depth: usize,
    trace: String,
    span: String,
    label: String,
    service: String,
    start_ns: u64,
    took_ns: u64,
    critical: bool,
    error: Option<String>,
    handled_error: Option<String>,
    attempt: u32,
    attempts: u32,
    batch: usize,
    place: String,
    skew_ns: u64,
}

impl<'a> TraceJson<'a> {
    pub(super) fn of(trace: TraceId, journeys: &[(JourneyId, Journey)], notes: &'a [String]) -> Self {
        let journeys = journeys.iter().map(|(id, journey)| JourneyJson::of(*id, journey)).collect();
        Self { trace: trace.to_string(), journeys, notes }
    }
}

impl JourneyJson {
    fn of(id: JourneyId, journey: &Journey) -> Self {
        let since = journey.started().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self {
            id,
            name: journey.name().to_owned(),
            started_unix_ns: nanos(since),
            duration_ns: nanos(journey.duration()),
            failed: journey.failed(),
            traces: journey.trace_ids().iter().map(ToString::to_string).collect(),
            rows: journey.rows().into_iter().map(RowJson::from).collect(),
            hops: journey.hops().into_iter().map(HopJson::from).collect(),
        }
    }
}

impl From<JourneyRow> for RowJson {
    fn from(row: JourneyRow) -> Self {
        Self {
            kind: row.kind,
            depth: row.depth,
            trace: row.key.0.to_string(),
            span: row.key.1.to_string(),
            label: row.label,
            service: row.service,
            start_ns: nanos(row.start),
            took_ns: nanos(row.took),
            critical: row.critical,
            error: row.error,
            handled_error: row.handled_error,
            attempt: row.attempt,
            attempts: row.attempts,
            batch: row.batch,
            place: row.place,
            skew_ns: nanos(row.skew),
        }
    }
}
