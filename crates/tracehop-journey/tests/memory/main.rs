//! What an index says that it takes is what it takes.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::{Duration, SystemTime};

use allocation_counter::measure;
use opentelemetry::trace::SpanKind;
use tracehop_journey::{
    Attribute, Bounds, Index, JourneySpan, Source, SpanEvent, SpanKey, SpanLink, SpanParts, Value,
};

/// A span as tracehop makes them: 15 attributes, one link.
fn typical(number: u64) -> SpanParts {
    let attribute = |key: &str, value: String| Attribute::new(key, Value::text(&value));
    let mut attributes: Vec<Attribute> =
        (0..10).map(|at| attribute(&format!("app.key.{at}"), format!("value {at} of {number}"))).collect();
    attributes.push(attribute("messaging.operation.type", "process".to_owned()));
    attributes.push(attribute("messaging.destination.name", "orders".to_owned()));
    attributes.push(attribute("messaging.system", "kafka".to_owned()));
    attributes.push(attribute("messaging.message.id", format!("message-{number}")));
    attributes.push(Attribute::new("messaging.kafka.offset", Value::I64(1)));
    SpanParts {
        key: (u128::from(number / 8 + 1).into(), (number + 1).into()),
        parent_span_id: (!number.is_multiple_of(8)).then(|| number.into()),
        name: format!("process orders {}", number % 5).into(),
        kind: SpanKind::Consumer,
        links: vec![SpanKey::into((u128::from(number / 8 + 1).into(), number.max(1).into()))],
        attributes,
        started: SystemTime::now(),
        ended: SystemTime::now(),
        ..SpanParts::default()
    }
}

/// A span that is as large as it may be.
fn largest(number: u64) -> SpanParts {
    let long = "x".repeat(10_000);
    let attributes = |count| {
        (0..count).map(|at| Attribute::new(&format!("{at}{long}"), Value::text(&long))).collect::<Vec<_>>()
    };
    let event =
        SpanEvent { name: long.clone().into(), at: SystemTime::now(), attributes: attributes(3).into() };
    SpanParts {
        name: long.clone().into(),
        links: (0..1_000)
            .map(|at| SpanLink {
                key: (u128::from(number).into(), (at + 1).into()),
                attributes: attributes(2).into(),
            })
            .collect(),
        attributes: attributes(3),
        events: vec![event; 300],
        ..typical(number)
    }
}

/// An index of so many spans, and what this thread has allocated for it.
fn index(bounds: Bounds, count: u64, make: fn(u64) -> SpanParts) -> (Index, usize) {
    let mut index = Index::new(bounds);
    let allocated = measure(|| {
        for number in 0..count {
            let source = Source::of_service("billing");
            index.insert(JourneySpan::new(make(number), source).unwrap(), SystemTime::now());
            if number.is_multiple_of(200) {
                index.refresh();
            }
        }
        index.refresh();
    });
    (index, usize::try_from(allocated.bytes_current).unwrap())
}

fn check(name: &str, count: u64, make: fn(u64) -> SpanParts, at_most: usize) {
    let (index, taken) = index(Bounds::default().max_bytes(usize::MAX), count, make);
    let said = index.bytes();
    let each = said / index.len();
    println!("{name}: {each} bytes a span are told, {} are taken", taken / index.len());
    assert!(taken <= said + said / 20, "{name}: {taken} bytes are taken, {said} are told");
    assert!(said <= taken * 2, "{name}: {taken} bytes are taken, {said} are told");
    assert!(each <= at_most, "{name}: {each} bytes a span");
}

#[test]
fn the_bytes_that_are_told_are_those_that_are_taken() {
    check("typical", 20_000, typical, 3_000);
    check("largest", 500, largest, 64 * 1_024);
}

#[test]
fn memory_stays_at_the_bound() {
    for times in [1, 10, 100] {
        let (index, taken) = index(Bounds::default().max_bytes(2_000_000), 1_000 * times, typical);
        assert!(index.bytes() <= 2_000_000 && taken < 2_600_000, "{times} times the bound: {taken} bytes");
    }
}

/// If the time were quadratic, this would take many minutes.
#[test]
fn a_hundred_thousand_spans_under_one_id_are_taken_in_and_let_go() {
    let under_one = |number: u64| SpanParts {
        key: (1.into(), (number + 2).into()),
        parent_span_id: Some(1.into()),
        links: Vec::new(),
        ..typical(0)
    };
    let mut index = Index::new(Bounds::default().max_bytes(usize::MAX));
    for number in 0..100_000 {
        let span = JourneySpan::new(under_one(number), Source::of_service("billing")).unwrap();
        index.insert(span, SystemTime::now());
    }
    index.refresh();
    let rows: Vec<(usize, usize)> = index.summaries().map(|row| (row.spans, row.parts_left_out)).collect();
    assert_eq!(rows.len(), 1);
    assert!(rows[0].0 <= 20_000 && rows[0].1 >= 80_000, "{rows:?}");
    index.expire(SystemTime::now() + Duration::from_secs(100_000));
    index.refresh();
    assert_eq!((index.bytes(), index.summaries().count()), (0, 0));
}
