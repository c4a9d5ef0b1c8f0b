//! Batches whose messages are batches, and such as go round: their time is bounded.

use std::time::{Duration, Instant};

use tracehop_journey::{Bounds, Index};

use crate::scenarios::{Draft, insert, messaging, span};

/// How many messages each has.
const LINKS: u64 = 100;

/// The spans of a shape, of which each has links to others.
fn spans(count: u64, link: impl Fn(u64, u64) -> u64) -> Vec<Draft> {
    let batch = |id: u64| {
        let batch = messaging("a", "process", "orders", 1, 1 + id).times(id, id + 1);
        (0..LINKS).fold(batch, |batch, nth| batch.link(1, 1 + link(id, nth) % count))
    };
    (0..count).map(batch).collect()
}

/// How long it takes until all journeys are known. What comes after is not lost.
fn time(spans: Vec<Draft>) -> Duration {
    let started = Instant::now();
    let mut index = Index::new(Bounds::default());
    insert(&mut index, spans.into_iter().chain([span("b", "after", 2, 1)]));
    index.refresh();
    let names: Vec<&str> = index.summaries().map(|row| &*row.name).collect();
    assert!(names.contains(&"after"), "{names:?}");
    assert_eq!(names.len(), 2, "what is entangled is one journey");
    started.elapsed()
}

#[test]
fn batches_of_batches_and_circles_of_them_take_linear_time() {
    // The next number of a sequence that looks like chance.
    let chance = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    let layers = |id: u64, nth: u64| id.saturating_sub(nth + 1);
    let circles = move |id: u64, nth: u64| chance(id * LINKS + nth);
    for (name, few, many) in [
        ("layers", spans(200, layers), spans(1_600, layers)),
        ("circles", spans(200, circles), spans(1_600, circles)),
    ] {
        // Quadratic time would be 64 times as long. A machine that is busy with other things gets more than one chance.
        let is_linear = || time(many.clone()) < time(few.clone()) * 24;
        assert!((0..5).any(|_| is_linear()), "{name}");
    }
}
