//! Tempo.

use std::ops::Range;
use std::time::SystemTime;

use opentelemetry::trace::TraceId;
use tracehop_journey::query::{
    Answer, QueryError, tempo_found, tempo_trace, tempo_trace_protobuf, tempo_v2_trace_protobuf,
};

use super::client::{Client, Reply};
use super::engine::{Engine, Linking};
use super::gathered::Gathered;
use super::source_error::SourceError;
use super::window::since_1970;

/// How many traces one search finds.
const MAX_FOUND: usize = 20;

/// What is asked for. Proxies and old versions answer in JSON in spite of it.
const PROTOBUF: &str = "application/protobuf";
const JSON: &str = "application/json";

/// What is asked of Tempo.
#[derive(Debug)]
pub(super) struct Tempo {
    client: Client,
}

impl Tempo {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    fn ask(&self, path: &str, trace: TraceId, protobuf: Read) -> Result<Answer, SourceError> {
        let reply = self.client.get(path, &[], PROTOBUF)?;
        let not_found = || SourceError::of_query(&self.client.who(), trace, QueryError::NotFound);
        if reply.status == 404 {
            return Err(not_found());
        }
        if !reply.is_success() {
            return Err(self.client.refusal(&reply));
        }
        let read = if reply.is_protobuf() { protobuf } else { tempo_trace };
        match read(&reply.body) {
            Ok(answer) if answer.spans.is_empty() => Err(not_found()),
            Ok(answer) => Ok(answer),
            Err(error) => Err(SourceError::of_query(&self.client.who(), trace, error)),
        }
    }

    fn search(&self, query: &str, window: &Range<SystemTime>, most: usize) -> Result<Reply, SourceError> {
        let [start, end] = [window.start, window.end].map(|time| since_1970(time).as_secs());
        let (start, end, most) = (start.to_string(), (end + 1).to_string(), most.to_string());
        let parameters = [("q", query), ("start", &start), ("end", &end), ("limit", &most)];
        self.client.get("/api/search", &parameters, JSON)
    }

    fn found(&self, reply: &Reply) -> Result<Vec<TraceId>, SourceError> {
        if !reply.is_success() {
            return Err(self.client.refusal(reply));
        }
        let unreadable =
            |error: QueryError| SourceError::Unreadable { who: self.client.who(), why: error.to_string() };
        tempo_found(&reply.body).map_err(unreadable)
    }
}

type Read = fn(&[u8]) -> Result<Answer, QueryError>;

impl Engine for Tempo {
    /// The second API is newer, and says whether something is missing.
    fn trace(&self, trace: TraceId) -> Result<Answer, SourceError> {
        match self.ask(&format!("/api/v2/traces/{trace}"), trace, tempo_v2_trace_protobuf) {
            Err(error) if error.is_not_found() => {
                self.ask(&format!("/api/traces/{trace}"), trace, tempo_trace_protobuf)
            }
            answer => answer,
        }
    }

    fn linking(&self, traces: &[TraceId], window: &Range<SystemTime>) -> Result<Linking, SourceError> {
        let mut linking = Linking::default();
        for trace in traces {
            let query = format!("{{ link:traceID = \"{trace}\" }}");
            let reply = self.search(&query, window, MAX_FOUND)?;
            if reply.status == 400 {
                let note = "This Tempo cannot search for links: traces that link to this journey are missing, unless one of its \
                            traces links to them.";
                linking.note = Some(note.to_owned());
                break;
            }
            let found = self.found(&reply)?;
            if found.len() >= MAX_FOUND {
                let note = format!(
                    "At least {MAX_FOUND} traces link to one of this journey: others may be missing."
                );
                linking.note = Some(note);
            }
            linking.traces.extend(found);
        }
        Ok(linking)
    }

    fn within(&self, window: &Range<SystemTime>, most: usize) -> Result<Gathered, SourceError> {
        let traces = self.found(&self.search("{}", window, most)?)?;
        let mut gathered = Gathered::default();
        if traces.len() >= most {
            gathered.notes.push(format!("Only {most} traces of this time were read."));
        }
        for trace in traces.into_iter().take(most) {
            match self.trace(trace) {
                Ok(answer) => gathered.spans.extend(answer.spans),
                // It may have become too old meanwhile.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(gathered)
    }
}
