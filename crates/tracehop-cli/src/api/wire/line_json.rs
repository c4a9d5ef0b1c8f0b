//! One journey in a list.

use std::sync::Arc;

use serde::Serialize;
use tracehop_journey::{Gap, JourneyId, JourneySummary, Loss, Outcome, UnmatchedHandler};

use super::numbers::{nanos, unix_nanos};
use super::span_json::key_text;

/// One journey in a list.
#[derive(Debug, Serialize)]
pub(crate) struct LineJson<'a> {
    id: JourneyId,
    name: &'a str,
    started_unix_ns: u64,
    duration_ns: u64,
    outcome: &'static str,
    error: Option<&'a str>,
    spans: usize,
    traces: Vec<String>,
    services: Vec<&'a str>,
    destinations: Vec<&'a str>,
    attempts: u32,
    waiting_ns: u64,
    working_ns: u64,
    stretches: Vec<StretchJson>,
    hops: usize,
    unhandled: Vec<UnhandledJson<'a>>,
    unmatched: Vec<UnmatchedJson<'a>>,
    repeated_contexts: Vec<ConsumerJson<'a>>,
    tags: Vec<TagJson<'a>>,
    begins_elsewhere: bool,
    parts_left_out: usize,
    losses: Vec<LossJson<'a>>,
}

#[derive(Debug, Serialize)]
struct StretchJson {
    from_ns: u64,
    to_ns: u64,
    waiting: bool,
}

#[derive(Debug, Serialize)]
struct UnhandledJson<'a> {
    producer: &'a str,
    destination: &'a str,
    sent_unix_ns: u64,
    error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct ConsumerJson<'a> {
    service: &'a str,
    destination: &'a str,
}

#[derive(Debug, Serialize)]
struct UnmatchedJson<'a> {
    gap: Gap,
    span: String,
    producer: Option<&'a str>,
    destination: &'a str,
    consumer: &'a str,
    group: Option<&'a str>,
    started_unix_ns: u64,
    handling_ns: u64,
    error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct LossJson<'a> {
    span: String,
    service: &'a str,
    destination: &'a str,
    attributes: u64,
    events: u64,
    links: u64,
    here: u64,
}

#[derive(Debug, Serialize)]
struct TagJson<'a> {
    key: &'a str,
    value: &'a str,
}

/// The outcome, as the API and the search call it.
pub(crate) fn outcome_text(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Failed => "failed",
        Outcome::DeadLettered => "dead_lettered",
        Outcome::Waiting => "waiting",
        _ => "unknown",
    }
}

impl<'a> From<&'a JourneySummary> for LineJson<'a> {
    fn from(journey: &'a JourneySummary) -> Self {
        let unhandled = journey.unhandled.iter().map(|send| UnhandledJson {
            producer: &send.producer,
            destination: &send.destination,
            sent_unix_ns: unix_nanos(send.sent),
            error: send.error.as_deref(),
        });
        let stretches = journey.stretches.iter().map(|stretch| StretchJson {
            from_ns: nanos(stretch.from),
            to_ns: nanos(stretch.to),
            waiting: stretch.waiting,
        });
        Self {
            id: journey.id,
            name: &journey.name,
            started_unix_ns: unix_nanos(journey.started),
            duration_ns: nanos(journey.duration),
            outcome: outcome_text(journey.outcome),
            error: journey.error.as_deref(),
            spans: journey.spans,
            traces: journey.traces.iter().map(ToString::to_string).collect(),
            services: journey.services.iter().map(AsRef::as_ref).collect(),
            destinations: journey.destinations.iter().map(AsRef::as_ref).collect(),
            attempts: journey.attempts,
            waiting_ns: nanos(journey.waiting),
            working_ns: nanos(journey.working),
            stretches: stretches.collect(),
            hops: journey.hops.len(),
            unhandled: unhandled.collect(),
            unmatched: journey.unmatched.iter().map(UnmatchedJson::of).collect(),
            repeated_contexts: consumers(&journey.repeated_contexts),
            tags: journey.tags.iter().map(|(key, value)| TagJson { key, value }).collect(),
            begins_elsewhere: journey.begins_elsewhere,
            parts_left_out: journey.parts_left_out,
            losses: journey.losses.iter().map(LossJson::of).collect(),
        }
    }
}

impl<'a> UnmatchedJson<'a> {
    fn of(it: &'a UnmatchedHandler) -> Self {
        Self {
            gap: it.gap,
            span: key_text(it.process),
            producer: it.producer.as_deref(),
            destination: &it.destination,
            consumer: &it.consumer,
            group: it.group.as_deref(),
            started_unix_ns: unix_nanos(it.started),
            handling_ns: nanos(it.handling),
            error: it.error.as_deref(),
        }
    }
}

impl<'a> LossJson<'a> {
    fn of(loss: &'a Loss) -> Self {
        Self {
            span: key_text(loss.span),
            service: &loss.service,
            destination: &loss.destination,
            attributes: loss.attributes,
            events: loss.events,
            links: loss.links,
            here: loss.here,
        }
    }
}

fn consumers(all: &[(Arc<str>, Arc<str>)]) -> Vec<ConsumerJson<'_>> {
    all.iter().map(|(service, destination)| ConsumerJson { service, destination }).collect()
}
