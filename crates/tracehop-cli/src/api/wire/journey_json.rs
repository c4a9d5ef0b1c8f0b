//! One journey: its rows and its spans.

use serde::Serialize;
use tracehop_journey::{JourneyId, JourneyRow, JourneySpan, RowKind};

use super::line_json::LineJson;
use super::numbers::{nanos, unix_nanos};
use super::span_json::{SpanJson, key_text};
use crate::store::OpenJourney;

/// One journey. `rows` are those of the waterfall, `spans` all that is known of each span; a row names its span by its place.
#[derive(Debug, Serialize)]
pub(crate) struct JourneyJson<'a> {
    id: JourneyId,
    name: &'a str,
    started_unix_ns: u64,
    duration_ns: u64,
    traces: Vec<String>,
    summary: Option<LineJson<'a>>,
    part_of: Option<JourneyId>,
    rows: Vec<RowJson<'a>>,
    spans: Vec<SpanJson<'a>>,
}

#[derive(Debug, Serialize)]
struct RowJson<'a> {
    kind: RowKind,
    depth: usize,
    below: Option<usize>,
    span: usize,
    key: String,
    label: &'a str,
    service: &'a str,
    start_ns: u64,
    took_ns: u64,
    critical: bool,
    error: Option<&'a str>,
    handled_error: Option<&'a str>,
    attempt: u32,
    attempts: u32,
    batch: usize,
    place: &'a str,
    skew_ns: u64,
}

impl<'a> JourneyJson<'a> {
    pub(crate) fn of(
        id: JourneyId,
        open: &'a OpenJourney,
        rows: &'a [JourneyRow],
        summary: Option<LineJson<'a>>,
        part_of: Option<JourneyId>,
    ) -> Self {
        let journey = &open.journey;
        Self {
            id,
            name: journey.name(),
            started_unix_ns: unix_nanos(journey.started()),
            duration_ns: nanos(journey.duration()),
            traces: journey.trace_ids().iter().map(ToString::to_string).collect(),
            summary,
            part_of,
            rows: rows.iter().map(RowJson::from).collect(),
            spans: journey.spans().map(|span| span_json(open, span)).collect(),
        }
    }
}

fn span_json<'a>(open: &'a OpenJourney, span: &'a JourneySpan) -> SpanJson<'a> {
    let links_in = open.links_in.get(&span.key()).map(Vec::as_slice).unwrap_or_default();
    let logs = open.logs.get(&span.key()).map(Vec::as_slice).unwrap_or_default();
    SpanJson::of(span, links_in, logs)
}

impl<'a> From<&'a JourneyRow> for RowJson<'a> {
    fn from(row: &'a JourneyRow) -> Self {
        Self {
            kind: row.kind,
            depth: row.depth,
            below: row.below,
            span: row.span,
            key: key_text(row.key),
            label: &row.label,
            service: &row.service,
            start_ns: nanos(row.start),
            took_ns: nanos(row.took),
            critical: row.critical,
            error: row.error.as_deref(),
            handled_error: row.handled_error.as_deref(),
            attempt: row.attempt,
            attempts: row.attempts,
            batch: row.batch,
            place: &row.place,
            skew_ns: nanos(row.skew),
        }
    }
}
