//! Services, destinations, and what flows between them.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use tracehop_journey::{
    DestinationMap, Gap, HopRecord, JourneySummary, NodeKind, UnhandledSend, UnmatchedHandler,
};

use crate::samples::{at, epoch, hop, journey, minute, shared, summary, unhandled, unmatched};

fn map(summaries: impl IntoIterator<Item = JourneySummary>) -> DestinationMap {
    DestinationMap::of(&shared(summaries), minute(), at(60_000))
}

/// The map as text: nodes, then arrows.
fn text(map: &DestinationMap) -> String {
    let mut text = String::new();
    for node in &map.nodes {
        let name = match node.kind {
            NodeKind::Service => format!("[{}]", node.name),
            NodeKind::Destination => format!("({} {})", node.system, node.name),
        };
        write!(text, "{} {name}", node.layer).unwrap();
        if node.handling.count > 0 {
            write!(text, " handled {} in {:?}", node.handling.count, node.handling.p95).unwrap();
        }
        if node.unhandled > 0 {
            write!(text, " unhandled {}", node.unhandled).unwrap();
        }
        text.push('\n');
    }
    for arrow in &map.arrows {
        let name = |place: usize| &map.nodes[place].name;
        let line = match arrow.gap {
            Some(Gap::NoContext) => "··>",
            Some(_) => "~~>",
            None => "-->",
        };
        write!(text, "{} {line} {} count {}", name(arrow.from), name(arrow.to), arrow.count).unwrap();
        if arrow.errors > 0 {
            write!(text, " errors {}", arrow.errors).unwrap();
        }
        if arrow.latency.count > 0 {
            write!(text, " p50 {:?} max {:?}", arrow.latency.p50, arrow.latency.max).unwrap();
        }
        if let Some(group) = &arrow.group {
            write!(text, " group {group}").unwrap();
        }
        text.push('\n');
    }
    text
}

fn group(name: &str, hop: HopRecord) -> HopRecord {
    HopRecord { group: Some(name.into()), ..hop }
}

#[test]
fn nothing_is_an_empty_map() {
    let map = map([]);
    assert_eq!((map.nodes.len(), map.arrows.len(), map.left_out), (0, 0, 0));
    assert!((map.seconds - 60.0).abs() < f64::EPSILON);
}

#[test]
fn a_consumer_whose_messages_have_no_known_send_is_joined_where_nothing_else_leads() {
    let handled = |id, producer: Option<&str>, route: &str| UnmatchedHandler {
        producer: producer.map(Into::into),
        error: (id == 2).then(|| "Timeout".into()),
        group: (id == 3).then(|| "ledgers".into()),
        ..unmatched(route, Gap::NoSend, id, at(10))
    };
    let by_hand = JourneySummary {
        // It began before the window.
        started: epoch() - Duration::from_secs(600),
        unmatched: [
            handled(1, Some("gateway"), "orders > fraud"),
            handled(2, Some("gateway"), "orders > fraud"),
            handled(3, None, "payments > ledger"),
            // Of this one the send has only not come yet.
            handled(4, Some("checkout"), "orders > billing"),
            UnmatchedHandler { started: at(90_000), ..handled(5, Some("gateway"), "orders > fraud") },
        ]
        .into(),
        ..summary(2)
    };
    // Two journeys show the same handlers.
    let map = map([journey(1, [hop("checkout > orders > billing", 1, 2)]), by_hand.clone(), by_hand]);
    insta::assert_snapshot!(text(&map), @"
    0 [checkout]
    0 [gateway]
    0 ( payments)
    1 [ledger] handled 1 in 7ms
    1 (kafka orders)
    2 [billing] handled 2 in 7ms
    2 [fraud] handled 2 in 7ms
    checkout --> orders count 1 p50 1ms max 1ms
    gateway ~~> orders count 2
    payments ~~> ledger count 1 group ledgers
    orders --> billing count 1 p50 10ms max 10ms
    orders ~~> fraud count 2 errors 1
    ");
}

#[test]
fn a_pipeline_reads_from_left_to_right() {
    let failed = HopRecord {
        error: Some("Timeout".into()),
        ..group("billing", hop("checkout > orders > billing", 3, 4))
    };
    let again = HopRecord {
        attempt: 2,
        wait: Duration::from_millis(500),
        ..group("billing", hop("checkout > orders > billing", 3, 5))
    };
    let lost = JourneySummary {
        unhandled: [
            unhandled("billing > payments", 20, at(5)),
            UnhandledSend { error: Some("QueueFull".into()), ..unhandled("billing > payments", 21, at(6)) },
        ]
        .into(),
        unmatched: [
            unmatched("orders > legacy", Gap::NoContext, 1, at(1)),
            unmatched("imports > legacy", Gap::NoContext, 2, at(2)),
        ]
        .into(),
        ..summary(3)
    };
    let map = map([
        journey(
            1,
            [
                group("billing", hop("checkout > orders > billing", 1, 2)),
                group("audit", hop("checkout > orders > audit", 1, 6)),
                hop("billing > payments > shipping", 7, 8),
            ],
        ),
        journey(2, [failed, again]),
        lost,
    ]);
    insta::assert_snapshot!(text(&map), @"
    0 [checkout]
    0 ( imports)
    1 (kafka orders)
    2 [audit] handled 1 in 5ms
    2 [billing] handled 3 in 5ms
    2 [legacy] handled 2 in 7ms
    3 (kafka payments) unhandled 1
    4 [shipping] handled 1 in 5ms
    checkout --> orders count 2 p50 1ms max 1ms
    imports ··> legacy count 1
    orders --> audit count 1 p50 10ms max 10ms group audit
    orders --> billing count 3 errors 1 p50 10ms max 500ms group billing
    orders ··> legacy count 1
    billing --> payments count 3 errors 1 p50 1ms max 1ms
    payments --> shipping count 1 p50 10ms max 10ms
    ");
    assert_eq!(map.left_out, 0);
}

#[test]
fn a_span_of_several_journeys_counts_once() {
    let batch = || hop("a > orders > b", 1, 2);
    let map = map([journey(1, [batch()]), journey(2, [batch()])]);
    insta::assert_snapshot!(text(&map), @"
    0 [a]
    1 (kafka orders)
    2 [b] handled 1 in 5ms
    a --> orders count 1 p50 1ms max 1ms
    orders --> b count 1 p50 10ms max 10ms
    ");
}

#[test]
fn a_batch_counts_as_many_messages_as_were_handled() {
    let messages = (10..15).map(|process| hop("a > orders > b", 1, process));
    let map = map([journey(1, messages)]);
    insta::assert_snapshot!(text(&map), @"
    0 [a]
    1 (kafka orders)
    2 [b] handled 5 in 5ms
    a --> orders count 5 p50 1ms max 1ms
    orders --> b count 5 p50 10ms max 10ms
    ");
}

#[test]
fn a_send_that_another_journey_sees_handled_does_not_wait() {
    let waits = JourneySummary { unhandled: [unhandled("a > orders", 1, epoch())].into(), ..summary(2) };
    let map = map([waits, journey(1, [hop("a > orders > b", 1, 2)])]);
    assert!(map.nodes.iter().all(|node| node.unhandled == 0), "{}", text(&map));
    assert_eq!(map.arrows[0].count, 1);
}

#[test]
fn the_same_name_in_two_systems_is_two_destinations() {
    let nats = HopRecord { system: "nats".into(), ..hop("a > orders > b", 3, 4) };
    let map = map([journey(1, [hop("a > orders > b", 1, 2), nats])]);
    assert_eq!(map.nodes.iter().filter(|node| node.kind == NodeKind::Destination).count(), 2);
}

#[test]
fn a_service_that_answers_itself_is_one_node_and_the_cycle_is_cut() {
    let map = map([
        journey(1, [hop("api > requests > worker", 1, 2), hop("worker > replies > api", 3, 4)]),
        journey(2, [hop("worker > jobs > worker", 5, 6)]),
    ]);
    insta::assert_snapshot!(text(&map), @"
    0 [api] handled 1 in 5ms
    1 (kafka requests)
    2 [worker] handled 2 in 5ms
    3 (kafka jobs)
    3 (kafka replies)
    api --> requests count 1 p50 1ms max 1ms
    requests --> worker count 1 p50 10ms max 10ms
    worker --> jobs count 1 p50 1ms max 1ms
    worker --> replies count 1 p50 1ms max 1ms
    jobs --> worker count 1 p50 10ms max 10ms
    replies --> api count 1 p50 10ms max 10ms
    ");
}

#[test]
fn each_end_counts_in_the_window_in_which_it_happened() {
    // Sent a second before the end, handled a second after it.
    let late = || {
        let sent = at(59_000);
        [HopRecord { sent, wait: Duration::from_secs(2), ..hop("a > orders > b", 1, 2) }]
    };
    let summaries = shared([journey(1, late())]);
    let first = DestinationMap::of(&summaries, minute(), at(120_000));
    let second = DestinationMap::of(&summaries, at(60_000)..at(120_000), at(120_000));
    let third = DestinationMap::of(&summaries, at(120_000)..at(180_000), at(120_000));
    assert_eq!(
        (text(&first).lines().last(), first.nodes.len()),
        (Some("a --> orders count 1 p50 1ms max 1ms"), 2)
    );
    assert_eq!(
        (text(&second).lines().last(), second.nodes.len()),
        (Some("orders --> b count 1 p50 2s max 2s"), 2)
    );
    assert_eq!((third.nodes.len(), third.left_out, first.left_out), (0, 0, 0));
}

#[test]
fn the_future_does_not_lower_rates() {
    for (now, expected) in [(60_000, 60.0), (30_000, 30.0), (90_000, 60.0), (0, 0.0)] {
        let map = DestinationMap::of(&[], minute(), at(now));
        assert!((map.seconds - expected).abs() < 1e-9, "{now}: {}", map.seconds);
    }
}

#[test]
fn the_busiest_parts_of_a_crowd_are_kept() {
    let mut summaries: Vec<Arc<JourneySummary>> = shared(
        (0..1_000_u64)
            .map(|n| journey(n, [hop(&format!("service {n} > topic {n} > sink"), 10 + 2 * n, 11 + 2 * n)])),
    );
    let busy = (0..50_u64).map(|n| hop("busy > queue > sink", 10_000 + 2 * n, 10_001 + 2 * n));
    summaries.push(Arc::new(journey(9_999, busy)));
    let map = DestinationMap::of(&summaries, minute(), at(60_000));
    assert_eq!(map.nodes.len(), 200);
    assert!(map.arrows.len() <= 600);
    assert_eq!(map.nodes.len() + map.arrows.len() + map.left_out, 2_003 + 2_002);
    let names: Vec<&str> = map.nodes.iter().map(|node| node.name.as_str()).collect();
    for name in ["busy", "queue", "sink"] {
        assert!(names.contains(&name), "{name} is missing");
    }
}

#[test]
fn each_node_of_a_crowd_has_its_busiest_arrows() {
    let pairs = 0..150_u64;
    let lone = pairs.map(|n| {
        let route = format!("producer {n} > queue {n} > consumer {n}");
        journey(n, [hop(&route, 10 + 4 * n, 11 + 4 * n), hop(&route, 12 + 4 * n, 13 + 4 * n)])
    });
    let map = map(lone.chain([journey(999, (0..9).map(|n| hop("a > busy > b", 9_000 + n, 9_100 + n)))]));
    let has_arrow = |place: usize| map.arrows.iter().any(|arrow| [arrow.from, arrow.to].contains(&place));
    assert!((0..map.nodes.len()).all(has_arrow), "{}", text(&map));
    // Three nodes and two arrows for each queue.
    assert_eq!((map.nodes.len(), map.arrows.len()), (200, 133));
    assert!(text(&map).contains("a --> busy count 9") && text(&map).contains("busy --> b count 9"));
    assert_eq!(map.nodes.len() + map.arrows.len() + map.left_out, 151 * 5);
}

#[test]
fn the_order_of_the_journeys_changes_nothing() {
    let mut summaries = shared((0..20_u64).map(|n| {
        let route = format!("a{} > t{} > b{}", n % 3, n % 5, n % 4);
        journey(n, [hop(&route, 10 + 2 * n, 11 + 2 * n), hop("b1 > t1 > a1", 100 + 2 * n, 101 + 2 * n)])
    }));
    let first = text(&DestinationMap::of(&summaries, minute(), at(60_000)));
    summaries.reverse();
    assert_eq!(first, text(&DestinationMap::of(&summaries, minute(), at(60_000))));
}
