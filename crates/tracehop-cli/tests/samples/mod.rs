//! Journeys as an index sums them up, to be changed by each test.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, TraceId};
use tracehop_journey::{Gap, HopRecord, JourneyId, JourneySummary, Outcome, UnhandledSend, UnmatchedHandler};

/// The time at which all tests look.
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}

pub(crate) fn ago(millis: u64) -> SystemTime {
    now() - Duration::from_millis(millis)
}

pub(crate) fn key(trace: u64, span: u64) -> (TraceId, SpanId) {
    (TraceId::from(u128::from(trace)), SpanId::from(span))
}

/// `storefront` sent one message to `orders`, and `checkout` handled it.
pub(crate) fn journey(number: u64) -> JourneySummary {
    let sent = hop(number);
    JourneySummary {
        id: JourneyId(key(number, 1)),
        name: "place order".into(),
        started: ago(60_000),
        duration: Duration::from_millis(150),
        outcome: Outcome::Ok,
        error: None,
        spans: 3,
        traces: [TraceId::from(u128::from(number))].into(),
        services: [Arc::clone(&sent.producer), Arc::clone(&sent.consumer)].into(),
        destinations: [Arc::clone(&sent.destination)].into(),
        attempts: 1,
        waiting: sent.wait,
        working: sent.handling,
        stretches: [].into(),
        hops: [sent].into(),
        unhandled: [].into(),
        unmatched: [].into(),
        repeated_contexts: [].into(),
        tags: [].into(),
        begins_elsewhere: false,
        parts_left_out: 0,
        losses: [].into(),
    }
}

pub(crate) fn hop(number: u64) -> HopRecord {
    HopRecord {
        send: key(number, 2),
        process: key(number, 3),
        system: "kafka".into(),
        producer: "storefront".into(),
        destination: "orders".into(),
        consumer: "checkout".into(),
        group: Some("checkout-group".into()),
        partition: Some("3".into()),
        sent: ago(59_000),
        sending: Duration::from_millis(1),
        wait: Duration::from_millis(100),
        skew: Duration::ZERO,
        handling: Duration::from_millis(50),
        attempt: 1,
        error: None,
        handled_error: None,
    }
}

/// Nobody has handled this one yet.
pub(crate) fn unhandled(number: u64, destination: &str, sent: SystemTime) -> UnhandledSend {
    UnhandledSend {
        send: key(number, 9),
        producer: "storefront".into(),
        system: "kafka".into(),
        destination: destination.into(),
        sent,
        error: None,
    }
}

/// A handler without a known send: `orders > checkout`.
pub(crate) fn unmatched(number: u64, gap: Gap, route: &str) -> UnmatchedHandler {
    let (destination, consumer) = route.split_once(" > ").expect("a route has two names");
    UnmatchedHandler {
        gap,
        process: key(number, 9),
        producer: None,
        system: "kafka".into(),
        destination: destination.into(),
        consumer: consumer.into(),
        group: None,
        started: ago(50_000),
        handling: Duration::from_millis(5),
        error: None,
    }
}
