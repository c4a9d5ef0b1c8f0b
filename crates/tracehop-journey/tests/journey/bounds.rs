//! What is kept of a span is bounded, and what is lost is counted.

use opentelemetry::KeyValue;
use tracehop_journey::{Bounds, Index};

use crate::scenarios::{insert, journey, one_hop, span};

#[test]
fn a_journey_without_its_beginning_is_still_shown() {
    let mut index = Index::new(Bounds::default().max_spans(1));
    insert(&mut index, one_hop(1));
    insta::assert_snapshot!(index.journeys()[0].waterfall(), @"
    process orders · 8.00 ms · ok
    trace 00000000000000000000000000000001 · 1 span · 0 hops
      span             service    start     took
      (remote)
    ◆ └ process orders billing     0 µs  8.00 ms  ██████████████████████████████████████████████████████
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn long_strings_and_many_links_are_cut() {
    let mut draft = span(&"s".repeat(10_000), &"n".repeat(10_000), 1, 1)
        .with("messaging.destination.name", "d".repeat(10_000))
        .with("messaging.message.id", "i".repeat(10_000))
        .with("error.type", "e".repeat(10_000));
    for id in 0..1_000 {
        draft = draft.link(1, 2 + id);
    }
    draft.data.links.dropped_count = 7;

    let journey = journey([draft]);
    let span = journey.spans().next().unwrap();
    assert_eq!([span.service(), span.name()].map(str::len), [256; 2]);
    let values = [span.destination(), span.message_id(), span.error()];
    assert_eq!(values.map(|text| text.unwrap().len()), [1_024; 3]);
    assert_eq!(span.links().len(), 128);
    assert_eq!(u64::from(span.lost().links), 1_000 - 128 + 7);
}

#[test]
fn what_links_say_is_kept_while_there_is_room() {
    let mut draft = span("billing", "process orders", 1, 1);
    for id in 0..40 {
        draft = draft.link(1, 2 + id);
    }
    for link in draft.data.links.links.iter_mut().step_by(2) {
        link.attributes = vec![KeyValue::new("messaging.message.id", "m".repeat(10_000))];
    }
    let journey = journey([draft]);
    let span = journey.spans().next().unwrap();
    let said: Vec<usize> = span.links_with_attributes().map(|(_, attributes)| attributes.len()).collect();
    assert_eq!(said.len(), 40);
    assert_eq!(said[..4], [1, 0, 1, 0]);
    let kept = said.iter().sum::<usize>();
    assert!((10..16).contains(&kept), "{kept} of 20 fit into 16 KiB");
    assert_eq!(span.lost().attributes as usize, 20 - kept);
    assert!(span.links_with_attributes().map(|(key, _)| key).eq(span.links().iter().copied()));
}
