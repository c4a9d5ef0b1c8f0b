//! Summaries and spans with fixed ids and times.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, SpanKind, TraceId};
use tracehop_journey::{
    Attribute, Gap, HopRecord, Journey, JourneyId, JourneySpan, JourneySummary, Loss, Outcome, Source,
    SpanKey, SpanParts, SpanStatus, UnhandledSend, UnmatchedHandler, Value,
};

/// The time that all others are counted from.
pub(crate) fn epoch() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

pub(crate) fn at(millis: u64) -> SystemTime {
    epoch() + Duration::from_millis(millis)
}

/// One minute from the epoch on.
pub(crate) fn minute() -> Range<SystemTime> {
    epoch()..at(60_000)
}

pub(crate) fn key(trace: u128, id: u64) -> SpanKey {
    (TraceId::from(trace), SpanId::from(id))
}

/// A message that `route` took: `checkout > orders > billing`, at once and without trouble.
pub(crate) fn hop(route: &str, send: u64, process: u64) -> HopRecord {
    let names: Vec<&str> = route.split(" > ").collect();
    HopRecord {
        send: key(1, send),
        process: key(1, process),
        system: "kafka".into(),
        producer: names[0].into(),
        destination: names[1].into(),
        consumer: names[2].into(),
        group: None,
        partition: None,
        sent: epoch(),
        sending: Duration::from_millis(1),
        wait: Duration::from_millis(10),
        skew: Duration::ZERO,
        handling: Duration::from_millis(5),
        attempt: 1,
        error: None,
        handled_error: None,
    }
}

/// A send that nobody has handled: `checkout > orders`.
pub(crate) fn unhandled(route: &str, id: u64, sent: SystemTime) -> UnhandledSend {
    let (producer, destination) = route.split_once(" > ").unwrap();
    UnhandledSend {
        send: key(1, id),
        producer: producer.into(),
        system: "kafka".into(),
        destination: destination.into(),
        sent,
        error: None,
    }
}

/// A handler without a known send, `orders > billing`, that started then.
pub(crate) fn unmatched(route: &str, gap: Gap, id: u64, started: SystemTime) -> UnmatchedHandler {
    let (destination, consumer) = route.split_once(" > ").unwrap();
    UnmatchedHandler {
        gap,
        process: key(6, id),
        producer: None,
        system: "".into(),
        destination: destination.into(),
        consumer: consumer.into(),
        group: None,
        started,
        handling: Duration::from_millis(7),
        error: None,
    }
}

/// What a span of `billing` about `orders` has lost.
pub(crate) fn loss(id: u64, attributes: u64, links: u64) -> Loss {
    Loss {
        span: key(5, id),
        service: "billing".into(),
        destination: "orders".into(),
        attributes,
        events: 0,
        links,
        here: 0,
    }
}

/// A journey of nothing.
pub(crate) fn summary(id: u64) -> JourneySummary {
    JourneySummary {
        id: JourneyId(key(2, id)),
        name: "place order".into(),
        started: epoch(),
        duration: Duration::from_millis(20),
        outcome: Outcome::Ok,
        error: None,
        spans: 3,
        traces: [TraceId::from(1_u128)].into(),
        services: [].into(),
        destinations: [].into(),
        attempts: 1,
        waiting: Duration::ZERO,
        working: Duration::ZERO,
        stretches: [].into(),
        hops: [].into(),
        unhandled: [].into(),
        unmatched: [].into(),
        repeated_contexts: [].into(),
        tags: [].into(),
        begins_elsewhere: false,
        parts_left_out: 0,
        losses: [].into(),
    }
}

/// A journey of these messages.
pub(crate) fn journey(id: u64, hops: impl IntoIterator<Item = HopRecord>) -> JourneySummary {
    let hops: Box<[HopRecord]> = hops.into_iter().collect();
    let mut destinations: Vec<Arc<str>> = hops.iter().map(|hop| hop.destination.clone()).collect();
    destinations.dedup();
    JourneySummary {
        services: hops.first().map(|hop| hop.producer.clone()).into_iter().collect(),
        destinations: destinations.into(),
        hops,
        ..summary(id)
    }
}

pub(crate) fn shared(summaries: impl IntoIterator<Item = JourneySummary>) -> Vec<Arc<JourneySummary>> {
    summaries.into_iter().map(Arc::new).collect()
}

/// A span under construction. Times are in milliseconds from the epoch.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    service: String,
    pub(crate) parts: SpanParts,
}

pub(crate) fn span(service: &str, name: &str, id: u64) -> Draft {
    let parts = SpanParts { key: key(1, id), name: name.to_owned().into(), ..SpanParts::default() };
    Draft { service: service.to_owned(), parts }.times(0, 0)
}

/// A span of a messaging operation, such as `send` or `process`, on one destination.
pub(crate) fn messaging(service: &str, operation: &str, topic: &str, id: u64) -> Draft {
    let mut draft = span(service, &format!("{operation} {topic}"), id)
        .with("messaging.operation.type", Value::text(operation))
        .with("messaging.destination.name", Value::text(topic))
        .with("messaging.system", Value::text("kafka"));
    draft.parts.kind = match operation {
        "create" | "send" => SpanKind::Producer,
        "process" => SpanKind::Consumer,
        _ => SpanKind::Client,
    };
    draft
}

impl Draft {
    pub(crate) fn parent(mut self, id: u64) -> Self {
        self.parts.parent_span_id = Some(SpanId::from(id));
        self
    }

    pub(crate) fn link(mut self, id: u64) -> Self {
        self.parts.links.push(key(1, id).into());
        self
    }

    pub(crate) fn times(mut self, start: u64, end: u64) -> Self {
        (self.parts.started, self.parts.ended) = (at(start), at(end));
        self
    }

    pub(crate) fn with(mut self, key: &str, value: Value) -> Self {
        self.parts.attributes.push(Attribute::new(key, value));
        self
    }

    pub(crate) fn failed(mut self, error_type: &str) -> Self {
        self.parts.status = SpanStatus::Error("".into());
        self.with("error.type", Value::text(error_type))
    }
}

/// The drafts as one journey.
pub(crate) fn spans(drafts: impl IntoIterator<Item = Draft>) -> Journey {
    let spans =
        drafts.into_iter().map(|draft| JourneySpan::new(draft.parts, Source::of_service(&draft.service)));
    Journey::from_spans(spans.map(|span| Arc::new(span.unwrap()))).unwrap()
}
