//! What a source has seen.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracehop_journey::{Bounds, Index, JourneySpan, JourneySummary};

use crate::duration_text::Exact;
use crate::sources::{Client, Source, SourceArgs, spans_of_file};
use crate::summary_wire::{self, SUMMARIES_PATH};

/// How many traces a trace backend is asked for.
const MAX_TRACES: usize = 1_000;

/// What the spans of a check may take in memory: more than a file or so many traces hold.
const MAX_BYTES: usize = 2 << 30;

/// What a source has seen, and the time at which the check looks: until then, what waits has waited.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) journeys: Vec<Arc<JourneySummary>>,
    pub(super) now: SystemTime,
    /// What may be missing, and why.
    pub(super) notes: Vec<String>,
}

/// Asks a source for the journeys of a window, or says in one line why there are none.
pub(super) fn observe<'a>(
    source: &SourceArgs,
    window: Duration,
    tags: impl Iterator<Item = &'a str>,
) -> Result<Observed, String> {
    let opened = source.open()?;
    if let Some(client) = opened.view() {
        return of_view(&client.for_a_list(), window);
    }
    if let Source::File(path) = source.source() {
        return of_file(path, tags);
    }
    let now = SystemTime::now();
    let since = now.checked_sub(window).unwrap_or(SystemTime::UNIX_EPOCH);
    let gathered = opened.within(&(since..now), MAX_TRACES).map_err(|error| error.to_string())?;
    Ok(of_spans(gathered.spans, now, tags, gathered.notes))
}

fn of_view(client: &Client, window: Duration) -> Result<Observed, String> {
    let window = Exact(window).to_string();
    let reply = client.get(SUMMARIES_PATH, &[("window", &window)], "application/json");
    let reply = reply.map_err(|error| error.to_string())?;
    if !reply.is_success() {
        return Err(client.refusal(&reply).to_string());
    }
    let seen = summary_wire::read(&reply.body).map_err(|error| format!("{}: {error}", client.who()))?;
    Ok(Observed { journeys: seen.journeys, now: seen.made, notes: Vec::new() })
}

/// A file may be of any day: the check looks when its last span ended.
fn of_file<'a>(path: &Path, tags: impl Iterator<Item = &'a str>) -> Result<Observed, String> {
    let spans = spans_of_file(path).map_err(|error| error.to_string())?;
    let now = spans.iter().map(JourneySpan::ended).max().unwrap_or(SystemTime::UNIX_EPOCH);
    Ok(of_spans(spans, now, tags, Vec::new()))
}

fn of_spans<'a>(
    spans: Vec<JourneySpan>,
    now: SystemTime,
    tags: impl Iterator<Item = &'a str>,
    mut notes: Vec<String>,
) -> Observed {
    let mut index = Index::new(Bounds::default().max_bytes(MAX_BYTES)).with_tags(tags);
    for span in spans {
        index.insert(span, now);
    }
    index.refresh();
    let dropped = index.dropped().total();
    if dropped > 0 {
        notes.push(format!("{dropped} spans did not find room and are left out."));
    }
    Observed { journeys: index.summaries().cloned().collect(), now, notes }
}
