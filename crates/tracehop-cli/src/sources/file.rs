//! A file with spans.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

use opentelemetry::trace::TraceId;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tracehop_journey::JourneySpan;
use tracehop_journey::otlp::{spans_of, traces_from_json_lines, traces_from_protobuf};
use tracehop_journey::query::{Answer, QueryError, jaeger_traces, jaeger_v3_traces, tempo_trace};

use super::engine::{Engine, Linking};
use super::gathered::Gathered;
use super::source_error::SourceError;

/// How long a file may be.
const MAX_BYTES: u64 = 64 * 1_024 * 1_024;

/// What stands before and after the spans in an export in HTML.
pub(crate) const SCRIPT: &str = "<script type=\"application/json\" id=\"otlp\">";
pub(crate) const SCRIPT_END: &str = "</script>";

/// The spans of a file: of OTLP in JSON (one request, or one on each line), of an answer of Jaeger or Tempo, of an export in HTML,
/// or of OTLP in protobuf.
#[derive(Debug)]
pub(super) struct SpanFile {
    path: String,
    spans: Vec<JourneySpan>,
}

impl SpanFile {
    pub(super) fn read(path: &Path) -> Result<Self, SourceError> {
        let spans = spans_of_file(path)?;
        Ok(Self { path: path.display().to_string(), spans })
    }

    fn spans_where(&self, is_wanted: impl Fn(&JourneySpan) -> bool) -> Vec<JourneySpan> {
        self.spans.iter().filter(|span| is_wanted(span)).cloned().collect()
    }
}

impl Engine for SpanFile {
    fn trace(&self, trace: TraceId) -> Result<Answer, SourceError> {
        let spans = self.spans_where(|span| span.trace_id() == trace);
        if spans.is_empty() {
            return Err(SourceError::of_query(&self.path, trace, QueryError::NotFound));
        }
        Ok(Answer { spans, is_partial: false })
    }

    fn linking(&self, traces: &[TraceId], _: &Range<SystemTime>) -> Result<Linking, SourceError> {
        let known: HashSet<&TraceId> = traces.iter().collect();
        let links = |span: &&JourneySpan| span.links().iter().any(|link| known.contains(&link.0));
        let traces: HashSet<TraceId> = self.spans.iter().filter(links).map(JourneySpan::trace_id).collect();
        Ok(Linking { traces: traces.into_iter().collect(), note: None })
    }

    fn within(&self, window: &Range<SystemTime>, _: usize) -> Result<Gathered, SourceError> {
        let spans = self.spans_where(|span| window.contains(&span.started()));
        Ok(Gathered { spans, ..Gathered::default() })
    }
}

/// All spans of a file.
///
/// # Errors
///
/// If it cannot be read, or holds something else, or no spans.
pub fn spans_of_file(path: &Path) -> Result<Vec<JourneySpan>, SourceError> {
    let bytes = read(path).map_err(|why| SourceError::File { path: path.display().to_string(), why })?;
    let spans = spans_in(&bytes);
    let is_any = |spans: Vec<_>| {
        if spans.is_empty() { Err("there are no spans in it".to_owned()) } else { Ok(spans) }
    };
    spans.and_then(is_any).map_err(|why| SourceError::Unreadable { who: path.display().to_string(), why })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {} MiB", MAX_BYTES >> 20),
        ));
    }
    Ok(bytes)
}

/// Reads what a file holds, whichever of the formats it is.
fn spans_in(bytes: &[u8]) -> Result<Vec<JourneySpan>, String> {
    match bytes.trim_ascii_start().first() {
        None => Err("there is nothing in it".to_owned()),
        Some(b'<') => {
            spans_in_json(embedded(bytes).ok_or("it is no export of `tracehop export`: no spans are in it")?)
        }
        Some(b'{') => spans_in_json(bytes),
        Some(_) => {
            let request = traces_from_protobuf(bytes);
            let why =
                |_| "it is neither OTLP, nor an answer of Jaeger or Tempo, nor an export in HTML".to_owned();
            Ok(spans_of(request.map_err(why)?).spans)
        }
    }
}

/// The JSON in an export in HTML.
fn embedded(html: &[u8]) -> Option<&[u8]> {
    let html = std::str::from_utf8(html).ok()?;
    let (_, rest) = html.split_once(SCRIPT)?;
    Some(rest.split_once(SCRIPT_END)?.0.as_bytes())
}

fn spans_in_json(bytes: &[u8]) -> Result<Vec<JourneySpan>, String> {
    let mut first = serde_json::Deserializer::from_slice(bytes).into_iter::<Shape>();
    let shape = first.next().and_then(Result::ok).unwrap_or_default();
    let said = |error: QueryError| error.to_string();
    if shape.data.is_some() {
        jaeger_traces(bytes).map(|answer| answer.spans).map_err(said)
    } else if shape.result.is_some() {
        jaeger_v3_traces(bytes).map(|answer| answer.spans).map_err(said)
    } else if shape.batches.is_some() || shape.trace.is_some() {
        tempo_trace(bytes).map(|answer| answer.spans).map_err(said)
    } else {
        let request = traces_from_json_lines(bytes).map_err(|error| error.to_string())?;
        Ok(spans_of(request).spans)
    }
}

/// What tells the formats apart.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shape {
    data: Option<IgnoredAny>,
    result: Option<IgnoredAny>,
    batches: Option<IgnoredAny>,
    trace: Option<IgnoredAny>,
}
