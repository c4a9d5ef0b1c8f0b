//! Memory is bounded, and what is lost is counted.

use tracehop_sdk::{JourneyExporter, JourneySpan};

use crate::scenarios::{export, journey, one_hop, span};

#[test]
fn the_oldest_spans_are_dropped_and_counted() {
    let exporter = JourneyExporter::with_max_spans(3);
    let names = ["first", "second", "third", "fourth", "fifth"];
    export(&exporter, (1..).zip(names).map(|(at, name)| span("a", name, 1, at).times(at, at + 1)));

    let journeys = exporter.journeys();
    let kept: Vec<&str> = journeys[0].spans().map(JourneySpan::name).collect();
    assert_eq!(kept, ["third", "fourth", "fifth"]);
    assert_eq!(exporter.dropped(), 2);
    assert_eq!(exporter.len(), 3);
}

#[test]
fn a_journey_without_its_beginning_is_still_shown() {
    let exporter = JourneyExporter::with_max_spans(1);
    export(&exporter, one_hop(1));
    insta::assert_snapshot!(exporter.journeys()[0].waterfall(), @"
    process orders · 8.00 ms · ok
    trace 00000000000000000000000000000001 · 1 span · 0 hops
      span             service    start     took
      (remote)
    ◆ └ process orders billing     0 µs  8.00 ms  ██████████████████████████████████████████████████████
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn an_exporter_for_no_spans_keeps_none() {
    let exporter = JourneyExporter::with_max_spans(0);
    export(&exporter, one_hop(1));
    assert!(exporter.is_empty() && exporter.journeys().is_empty());
    assert_eq!(exporter.dropped(), 3);
}

#[test]
fn clearing_forgets_without_counting() {
    let exporter = JourneyExporter::new();
    export(&exporter, one_hop(1));
    exporter.clear();
    assert!(exporter.is_empty());
    assert_eq!(exporter.dropped(), 0);
}

#[test]
fn spans_without_valid_ids_are_counted_as_dropped() {
    let exporter = JourneyExporter::new();
    export(&exporter, [span("a", "no trace", 0, 1), span("a", "no span", 1, 0)]);
    assert!(exporter.is_empty());
    assert_eq!(exporter.dropped(), 2);
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
    let strings =
        [Some(span.service()), Some(span.name()), span.destination(), span.message_id(), span.error()];
    assert_eq!(strings.map(|text| text.unwrap().len()), [256; 5]);
    assert_eq!(span.links().len(), 128);
    assert_eq!(span.dropped_links(), 1_000 - 128 + 7);
}

#[test]
fn debug_output_does_not_list_the_spans() {
    let exporter = JourneyExporter::with_max_spans(5);
    export(&exporter, one_hop(1));
    assert_eq!(
        format!("{exporter:?}"),
        "JourneyExporter { service: None, len: 3, max_spans: 5, dropped: 0, .. }"
    );
}
