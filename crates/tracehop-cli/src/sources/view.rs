//! A running `tracehop view`.

use std::fmt;

use serde::Deserialize;
use tracehop_journey::otlp::{spans_of, traces_from_json};
use tracehop_journey::query::QueryError;
use tracehop_journey::{JourneyId, JourneySpan};

use super::client::{Client, Reply};
use super::gathered::Gathered;
use super::picked::Picked;
use super::source_error::SourceError;

/// How many journeys of one trace are read.
const MAX_JOURNEYS: usize = 64;

const JSON: &str = "application/json";

/// What is asked of a running `tracehop view`. It knows whole journeys, so that no link has to be followed.
#[derive(Debug)]
pub(super) struct View {
    client: Client,
}

impl View {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    fn ask(&self, path: &str) -> Result<Option<Reply>, SourceError> {
        let reply = self.client.get(path, &[], JSON)?;
        match reply.status {
            404 => Ok(None),
            _ if !reply.is_success() => Err(self.client.refusal(&reply)),
            _ => Ok(Some(reply)),
        }
    }

    fn unreadable(&self, why: &dyn fmt::Display) -> SourceError {
        SourceError::Unreadable { who: self.client.who(), why: why.to_string() }
    }

    fn not_found(&self, picked: Picked) -> SourceError {
        SourceError::of_query(&self.client.who(), picked, QueryError::NotFound)
    }

    /// The journeys that are meant, as the view knows them.
    pub(super) fn journeys(&self, picked: Picked) -> Result<Gathered, SourceError> {
        let Picked::Journey(id) = picked else { return self.through(picked) };
        if let Some(spans) = self.spans(id)? {
            return Ok(Gathered { whole: vec![(id, spans)], ..Gathered::default() });
        }
        // It may be a span in the midst of journeys.
        let mut gathered = self.through(picked)?;
        gathered.whole.retain(|(_, spans)| spans.iter().any(|span| span.key() == id.0));
        if gathered.whole.is_empty() { Err(self.not_found(picked)) } else { Ok(gathered) }
    }

    /// The journeys that run through the trace.
    fn through(&self, picked: Picked) -> Result<Gathered, SourceError> {
        let Some(reply) = self.ask(&format!("/api/v1/traces/{}", picked.trace()))? else {
            return Err(self.not_found(picked));
        };
        let answer: TraceJson = serde_json::from_slice(&reply.body).map_err(|error| {
            self.unreadable(&format_args!("the answer is not that of `tracehop view`: {error}"))
        })?;
        let mut gathered = Gathered::default();
        let all = answer.journeys.len();
        if all > MAX_JOURNEYS {
            gathered.notes.push(format!(
                "Only {MAX_JOURNEYS} of the {all} journeys of this trace were read; ask for another one by its id."
            ));
        }
        for id in answer.journeys.iter().take(MAX_JOURNEYS) {
            let id = id.parse().map_err(|error| self.unreadable(&error))?;
            // It may have been forgotten since.
            gathered.whole.extend(self.spans(id)?.map(|spans| (id, spans)));
        }
        if gathered.whole.is_empty() { Err(self.not_found(picked)) } else { Ok(gathered) }
    }

    fn spans(&self, id: JourneyId) -> Result<Option<Vec<JourneySpan>>, SourceError> {
        let Some(reply) = self.ask(&format!("/api/v1/journeys/{id}/otlp"))? else { return Ok(None) };
        let request = traces_from_json(&reply.body).map_err(|error| self.unreadable(&error))?;
        Ok(Some(spans_of(request).spans))
    }
}

#[derive(Deserialize)]
struct TraceJson {
    journeys: Vec<String>,
}
