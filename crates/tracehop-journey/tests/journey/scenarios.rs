//! Spans with fixed ids and times, and the journeys that several tests look at.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tracehop_journey::{Bounds, Index, Journey, JourneySpan, Source, SpanKey};

/// A span under construction. All times are in microseconds.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    service: String,
    pub(crate) data: SpanData,
}

pub(crate) fn span(service: &str, name: &str, trace: u128, id: u64) -> Draft {
    let data = SpanData {
        span_context: context(trace, id),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.to_owned().into(),
        start_time: epoch(),
        end_time: epoch(),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    };
    Draft { service: service.to_owned(), data }
}

/// A span of a messaging operation, such as `send` or `process`, on one destination.
pub(crate) fn messaging(service: &str, operation: &'static str, topic: &str, trace: u128, id: u64) -> Draft {
    let mut draft = span(service, &format!("{operation} {topic}"), trace, id)
        .with("messaging.operation.type", operation)
        .with("messaging.destination.name", topic.to_owned())
        .with("messaging.system", "kafka");
    draft.data.span_kind = match operation {
        "create" | "send" => SpanKind::Producer,
        "process" => SpanKind::Consumer,
        _ => SpanKind::Client,
    };
    draft
}

impl Draft {
    pub(crate) fn parent(mut self, id: u64) -> Self {
        self.data.parent_span_id = SpanId::from(id);
        self
    }

    pub(crate) fn remote_parent(mut self, id: u64) -> Self {
        self.data.parent_span_is_remote = true;
        self.parent(id)
    }

    pub(crate) fn link(mut self, trace: u128, id: u64) -> Self {
        self.data.links.links.push(Link::new(context(trace, id), Vec::new(), 0));
        self
    }

    pub(crate) fn kind(mut self, kind: SpanKind) -> Self {
        self.data.span_kind = kind;
        self
    }

    pub(crate) fn times(mut self, start: u64, end: u64) -> Self {
        self.data.start_time = epoch() + Duration::from_micros(start);
        self.data.end_time = epoch() + Duration::from_micros(end);
        self
    }

    pub(crate) fn with(mut self, key: &'static str, value: impl Into<opentelemetry::Value>) -> Self {
        self.data.attributes.push(KeyValue::new(key, value));
        self
    }

    pub(crate) fn failed(mut self, error_type: &'static str) -> Self {
        self.data.status = Status::error("it failed");
        self.with("error.type", error_type)
    }

    pub(crate) fn handled(mut self, error_type: &'static str) -> Self {
        let attributes = vec![KeyValue::new("error.type", error_type)];
        self.data.events.events.push(Event::new("tracehop.failure_handled", epoch(), attributes, 0));
        self
    }

    pub(crate) fn key(&self) -> SpanKey {
        (self.data.span_context.trace_id(), self.data.span_context.span_id())
    }
}

pub(crate) fn epoch() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

fn context(trace: u128, id: u64) -> SpanContext {
    SpanContext::new(
        TraceId::from(trace),
        SpanId::from(id),
        TraceFlags::SAMPLED,
        false,
        TraceState::default(),
    )
}

/// Puts each draft into the index.
pub(crate) fn insert(index: &mut Index, drafts: impl IntoIterator<Item = Draft>) {
    for draft in drafts {
        let source = Source::of_service(&draft.service);
        index.insert(JourneySpan::from_sdk(draft.data, source).unwrap(), epoch());
    }
}

pub(crate) fn journeys(drafts: impl IntoIterator<Item = Draft>) -> Vec<Journey> {
    let mut index = Index::new(Bounds::default());
    insert(&mut index, drafts);
    index.journeys()
}

/// All of `drafts` as one journey.
pub(crate) fn journey(drafts: impl IntoIterator<Item = Draft>) -> Journey {
    let spans = drafts.into_iter().map(|draft| {
        let source = Source::of_service(&draft.service);
        Arc::new(JourneySpan::from_sdk(draft.data, source).unwrap())
    });
    Journey::from_spans(spans).unwrap()
}

/// checkout → orders → billing.
pub(crate) fn one_hop(trace: u128) -> Vec<Draft> {
    vec![
        span("checkout", "place order", trace, 1).times(0, 2_000),
        messaging("checkout", "send", "orders", trace, 2).parent(1).times(500, 1_700),
        messaging("billing", "process", "orders", trace, 3)
            .remote_parent(2)
            .link(trace, 2)
            .times(14_000, 22_000),
    ]
}

/// checkout → orders → billing → payments → warehouse → shipping → courier, in one trace.
pub(crate) fn three_hops(trace: u128) -> Vec<Draft> {
    let mut spans = one_hop(trace);
    spans.extend([
        messaging("billing", "send", "payments", trace, 4).parent(3).times(20_000, 21_500),
        messaging("billing", "settle", "orders", trace, 5).parent(3).times(21_500, 21_900),
        messaging("warehouse", "process", "payments", trace, 6)
            .remote_parent(4)
            .link(trace, 4)
            .times(30_000, 47_000),
        span("warehouse", "SELECT stock", trace, 7).parent(6).times(31_000, 36_000),
        messaging("warehouse", "send", "shipping", trace, 8).parent(6).times(45_000, 46_000),
        messaging("courier", "process", "shipping", trace, 9)
            .remote_parent(8)
            .link(trace, 8)
            .times(46_870, 60_000),
    ]);
    spans
}
