//! Jaeger.

use std::cell::Cell;
use std::collections::HashSet;
use std::ops::Range;
use std::time::SystemTime;

use opentelemetry::trace::TraceId;
use tracehop_journey::JourneySpan;
use tracehop_journey::query::{Answer, QueryError, jaeger_services, jaeger_traces, jaeger_v3_traces};

use super::client::Client;
use super::engine::{Engine, Linking};
use super::gathered::Gathered;
use super::source_error::SourceError;
use super::window::since_1970;

/// How many traces are looked at for links.
const MAX_SEARCHED: usize = 200;

/// How many services are asked for their traces.
const MAX_SERVICES: usize = 50;

const JSON: &str = "application/json";

/// What is asked of Jaeger.
#[derive(Debug)]
pub(super) struct Jaeger {
    client: Client,
    /// Whether it has the third API, as far as is known. Only that one keeps nanoseconds.
    has_v3: Cell<bool>,
}

impl Jaeger {
    pub(super) fn new(client: Client) -> Self {
        Self { client, has_v3: Cell::new(true) }
    }

    /// The trace by the third API, or `None` if Jaeger does not have it: old ones do not, and answer other paths with their page.
    fn trace_v3(&self, trace: TraceId) -> Result<Option<Answer>, SourceError> {
        let reply = self.client.get(&format!("/api/v3/traces/{trace}"), &[("raw_traces", "true")], JSON)?;
        match jaeger_v3_traces(&reply.body) {
            Ok(answer) if reply.is_success() && !answer.spans.is_empty() => Ok(Some(answer)),
            Err(QueryError::NotFound) => {
                Err(SourceError::of_query(&self.client.who(), trace, QueryError::NotFound))
            }
            _ if matches!(reply.status, 401 | 403 | 429) || (300..400).contains(&reply.status) => {
                Err(self.client.refusal(&reply))
            }
            _ => Ok(None),
        }
    }

    fn trace_v1(&self, trace: TraceId) -> Result<Answer, SourceError> {
        let reply = self.client.get(&format!("/api/traces/{trace}"), &[("raw", "true")], JSON)?;
        match jaeger_traces(&reply.body) {
            Ok(answer) if answer.spans.is_empty() => {
                Err(SourceError::of_query(&self.client.who(), trace, QueryError::NotFound))
            }
            Ok(answer) => Ok(answer),
            Err(QueryError::Unreadable(_)) if !reply.is_success() => Err(self.client.refusal(&reply)),
            Err(error) => Err(SourceError::of_query(&self.client.who(), trace, error)),
        }
    }

    fn services(&self) -> Result<Vec<String>, SourceError> {
        let reply = self.client.get("/api/services", &[], JSON)?;
        match jaeger_services(&reply.body) {
            Err(QueryError::Unreadable(_)) if !reply.is_success() => Err(self.client.refusal(&reply)),
            Err(error) => Err(self.unreadable(&error)),
            Ok(services) => Ok(services),
        }
    }

    /// The spans of traces of all services in this time, and how many traces these are.
    fn search(&self, window: &Range<SystemTime>, most: usize) -> Result<Found, SourceError> {
        let services = self.services()?;
        let mut found = Found { services: services.len(), ..Found::default() };
        let [start, end] = [window.start, window.end].map(|time| since_1970(time).as_micros().to_string());
        for service in services.iter().take(MAX_SERVICES) {
            let room = most.saturating_sub(found.traces.len());
            if room == 0 {
                break;
            }
            let limit = room.to_string();
            let parameters = [
                ("service", service.as_str()),
                ("start", &start),
                ("end", &end),
                ("limit", &limit),
                ("raw", "true"),
            ];
            let reply = self.client.get("/api/traces", &parameters, JSON)?;
            match jaeger_traces(&reply.body) {
                Ok(answer) => found.add(answer.spans),
                Err(QueryError::NotFound) => {}
                Err(QueryError::Unreadable(_)) if !reply.is_success() => {
                    return Err(self.client.refusal(&reply));
                }
                Err(error) => return Err(self.unreadable(&error)),
            }
        }
        Ok(found)
    }

    fn unreadable(&self, error: &QueryError) -> SourceError {
        SourceError::Unreadable { who: self.client.who(), why: error.to_string() }
    }
}

impl Engine for Jaeger {
    fn trace(&self, trace: TraceId) -> Result<Answer, SourceError> {
        if self.has_v3.get() {
            match self.trace_v3(trace)? {
                Some(answer) => return Ok(answer),
                None => self.has_v3.set(false),
            }
        }
        self.trace_v1(trace)
    }

    /// Jaeger finds no traces by their links: those of the time around are looked at.
    fn linking(&self, traces: &[TraceId], window: &Range<SystemTime>) -> Result<Linking, SourceError> {
        let found = self.search(window, MAX_SEARCHED)?;
        let known: HashSet<TraceId> = traces.iter().copied().collect();
        let links = |span: &&JourneySpan| span.links().iter().any(|link| known.contains(&link.0));
        let linking: HashSet<TraceId> = found.spans.iter().filter(links).map(JourneySpan::trace_id).collect();
        let is_all = found.traces.len() < MAX_SEARCHED && found.services <= MAX_SERVICES;
        let note = (!is_all).then(|| {
            format!(
                "Jaeger cannot search for links. {} traces of the time around were looked at; others that link to this journey \
                 may be missing.",
                found.traces.len()
            )
        });
        Ok(Linking { traces: linking.into_iter().collect(), note })
    }

    fn within(&self, window: &Range<SystemTime>, most: usize) -> Result<Gathered, SourceError> {
        let found = self.search(window, most)?;
        let is_all = found.traces.len() < most && found.services <= MAX_SERVICES;
        let note = (!is_all).then(|| format!("Only {} traces of this time were read.", found.traces.len()));
        Ok(Gathered { spans: found.spans, notes: note.into_iter().collect(), ..Gathered::default() })
    }
}

#[derive(Debug, Default)]
struct Found {
    spans: Vec<JourneySpan>,
    traces: HashSet<TraceId>,
    services: usize,
}

impl Found {
    /// A trace is found by each of its services.
    fn add(&mut self, spans: Vec<JourneySpan>) {
        let known = self.traces.clone();
        let new = spans.into_iter().filter(|span| !known.contains(&span.trace_id()));
        for span in new {
            self.traces.insert(span.trace_id());
            self.spans.push(span);
        }
    }
}
