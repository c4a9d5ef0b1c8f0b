//! A running `tracehop view`.

use std::fmt;
use std::ops::Range;
use std::time::SystemTime;

use opentelemetry::trace::TraceId;
use serde::Deserialize;
use tracehop_journey::JourneyId;
use tracehop_journey::otlp::{spans_of, traces_from_json};
use tracehop_journey::query::{Answer, QueryError};

use super::client::{Client, Reply};
use super::engine::{Engine, Linking};
use super::gathered::Gathered;
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

    fn journeys(&self, trace: TraceId) -> Result<Vec<JourneyId>, SourceError> {
        let Some(reply) = self.ask(&format!("/api/v1/traces/{trace}"))? else {
            return Err(SourceError::of_query(&self.client.who(), trace, QueryError::NotFound));
        };
        let answer: TraceJson = serde_json::from_slice(&reply.body).map_err(|error| {
            self.unreadable(&format_args!("the answer is not that of `tracehop view`: {error}"))
        })?;
        answer.journeys.iter().map(|id| id.parse().map_err(|error| self.unreadable(&error))).collect()
    }
}

#[derive(Deserialize)]
struct TraceJson {
    journeys: Vec<String>,
}

impl Engine for View {
    fn trace(&self, trace: TraceId) -> Result<Answer, SourceError> {
        let journeys = self.journeys(trace)?;
        let mut answer = Answer { is_partial: journeys.len() > MAX_JOURNEYS, ..Answer::default() };
        for id in journeys.into_iter().take(MAX_JOURNEYS) {
            // It may have been forgotten since.
            let Some(reply) = self.ask(&format!("/api/v1/journeys/{id}/otlp"))? else { continue };
            let request = traces_from_json(&reply.body).map_err(|error| self.unreadable(&error))?;
            answer.spans.extend(spans_of(request).spans);
        }
        Ok(answer)
    }

    fn knows_journeys(&self) -> bool {
        true
    }

    fn linking(&self, _: &[TraceId], _: &Range<SystemTime>) -> Result<Linking, SourceError> {
        Ok(Linking::default())
    }

    fn within(&self, _: &Range<SystemTime>, _: usize) -> Result<Gathered, SourceError> {
        Err(self
            .unreadable(&"a running `tracehop view` gives summaries of its journeys, not all of their spans"))
    }
}
