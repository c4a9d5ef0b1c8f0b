//! Spans come in, journeys come out.
#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::time::{Duration, SystemTime};

use opentelemetry::trace::SpanKind;
use tracehop_cli::store::{Snapshot, Store, StoreConfig};
use tracehop_journey::{Attribute, Bounds, JourneySpan, LogLine, Outcome, Source, SpanKey, SpanParts, Value};

fn store(bounds: Bounds) -> Store {
    let tags = vec!["user.id".to_owned()];
    Store::start(StoreConfig { bounds, log_bytes: 1 << 20, tags }).unwrap()
}

fn span(operation: &str, key: (u128, u64)) -> SpanParts {
    let attribute = |key: &str, value: &str| Attribute::new(key, Value::text(value));
    SpanParts {
        key: (key.0.into(), key.1.into()),
        name: format!("{operation} orders").into(),
        kind: if operation == "send" { SpanKind::Producer } else { SpanKind::Consumer },
        started: SystemTime::now(),
        ended: SystemTime::now(),
        attributes: vec![
            attribute("messaging.operation.type", operation),
            attribute("messaging.destination.name", "orders"),
            attribute("user.id", "42"),
        ],
        ..SpanParts::default()
    }
}

fn of(service: &str, parts: SpanParts) -> JourneySpan {
    JourneySpan::new(parts, Source::of_service(service)).unwrap()
}

fn key(trace: u128, span: u64) -> SpanKey {
    (trace.into(), span.into())
}

/// The first snapshot that is so.
async fn until(store: &Store, mut is_so: impl FnMut(&Snapshot) -> bool) -> std::sync::Arc<Snapshot> {
    let mut news = store.news();
    let found = async {
        loop {
            let snapshot = store.snapshot();
            if is_so(&snapshot) {
                return snapshot;
            }
            news.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("the snapshot comes")
}

#[tokio::test]
async fn spans_of_two_services_become_one_journey() {
    let store = store(Bounds::default());
    store.offer(vec![of("checkout", span("send", (1, 1)))], Vec::new()).unwrap();
    let waiting = until(&store, |snapshot| snapshot.journeys.len() == 1).await;
    assert_eq!(waiting.journeys[0].outcome, Outcome::Waiting);

    let mut process = span("process", (2, 1));
    process.links.push(key(1, 1).into());
    let line = LogLine::new(key(2, 1), SystemTime::now(), "INFO", "charged", []);
    store.offer(vec![of("billing", process)], vec![line]).unwrap();
    let done = until(&store, |it| it.journeys.first().is_some_and(|it| it.outcome == Outcome::Ok)).await;

    let row = &done.journeys[0];
    assert_eq!((done.journeys.len(), row.spans, row.hops.len()), (1, 2, 1));
    assert_eq!((&*row.tags[0].0, &*row.tags[0].1), ("user.id", "42"));
    let opened = store.journey(row.id).unwrap();
    assert_eq!(opened.journey.spans().len(), 2);
    assert_eq!(opened.links_in[&key(1, 1)], [key(2, 1)]);
    assert_eq!(&*opened.logs[&key(2, 1)][0].body, "charged");
    assert_eq!(store.journeys_of_trace(2.into()), [row.id]);
    assert_eq!(store.journey_of_span(key(2, 1)), Some(row.id));
    assert_eq!((done.counts.spans, done.counts.taken_in), (2, 2));
}

#[tokio::test]
async fn what_goes_beyond_the_bound_is_counted() {
    let store = store(Bounds::default().max_bytes(100_000));
    for trace in 0..1_000 {
        store.offer(vec![of("checkout", span("send", (trace + 1, 1)))], Vec::new()).unwrap();
    }
    // What is taken in is made into journeys a part at a time.
    let is_done = |it: &Snapshot| it.counts.taken_in == 1_000 && it.journeys.len() == it.counts.spans;
    let full = until(&store, is_done).await;
    assert!(full.counts.bytes <= 100_000, "{:?}", full.counts);
    assert_eq!(full.counts.spans as u64 + full.counts.dropped.too_many, 1_000);
}

#[tokio::test]
async fn old_spans_leave_although_nothing_comes_in() {
    let store = store(Bounds::default().max_age(Duration::from_secs(2)));
    store.offer(vec![of("checkout", span("send", (1, 1)))], Vec::new()).unwrap();
    until(&store, |snapshot| snapshot.journeys.len() == 1).await;
    let empty = until(&store, |snapshot| snapshot.journeys.is_empty()).await;
    assert_eq!((empty.counts.spans, empty.counts.dropped.too_old), (0, 1));
}

#[tokio::test]
async fn log_lines_are_bounded_by_themselves() {
    let store = store(Bounds::default());
    let line =
        |at| LogLine::new(key(1, 1), SystemTime::now(), "INFO", &format!("{at}{}", "x".repeat(4_000)), []);
    store.offer(Vec::new(), (0..1_000).map(line).collect()).unwrap();
    let kept = until(&store, |snapshot| snapshot.counts.log_lines > 0).await.counts;
    assert_eq!(kept.log_lines as u64 + kept.log_lines_dropped, 1_000);
    assert!((200..260).contains(&kept.log_lines), "{kept:?}");
}
