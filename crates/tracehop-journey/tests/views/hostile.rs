//! Data that nobody would make on purpose.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use proptest::prelude::*;
use tracehop_journey::{
    DestinationMap, Gap, HopDetail, HopQuery, HopRecord, JourneySummary, MapLayout, Outcome, TroubleLimits,
    troubles,
};

use crate::samples::{
    at, epoch, hop, journey, key, loss, messaging, minute, shared, span, spans, summary, unhandled, unmatched,
};

/// The year 2500.
fn far() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(530 * 365 * 86_400)
}

fn orders() -> HopQuery {
    HopQuery { destination: "orders".to_owned(), ..HopQuery::default() }
}

/// Every view of the summaries, over all time.
fn look(summaries: &[Arc<JourneySummary>]) -> (DestinationMap, HopDetail, usize) {
    let all = SystemTime::UNIX_EPOCH..far() + Duration::from_secs(1);
    let map = DestinationMap::of(summaries, all.clone(), far());
    let layout = MapLayout::of(&map);
    assert_eq!((layout.nodes.len(), layout.arrows.len()), (map.nodes.len(), map.arrows.len()));
    let detail = HopDetail::of(summaries, &orders(), all);
    (map, detail, troubles(summaries, far(), &TroubleLimits::default()).len())
}

#[test]
fn a_hundred_thousand_hops_are_looked_at_in_linear_time() {
    let journeys = |count: u64| {
        shared((0..count).map(|n| {
            let hops = (0..100_u64).map(|m| HopRecord {
                wait: Duration::from_micros(n * 97 + m * 13),
                sent: at(n * 7 % 60_000),
                ..hop("a > orders > b", n * 1_000 + 2 * m, n * 1_000 + 2 * m + 1)
            });
            journey(n, hops)
        }))
    };
    let (few, many) = (journeys(100), journeys(1_000));
    let time = |summaries: &[Arc<JourneySummary>]| {
        let started = Instant::now();
        let (map, detail, _) = look(summaries);
        let hops = summaries.len() as u64 * 100;
        assert_eq!((map.arrows[1].count, detail.count, detail.wait.count), (hops, hops, hops));
        started.elapsed()
    };
    // Quadratic time would be a hundred times as long. A machine that is busy with other things gets more than one chance.
    let is_linear = || time(&many) < time(&few) * 40;
    assert!((0..5).any(|_| is_linear()));
}

#[test]
fn a_hundred_thousand_services_and_destinations_are_bounded() {
    let summaries = shared((0..100_000_u64).map(|n| JourneySummary {
        unhandled: [unhandled(&format!("s{n} > u{n}"), 1_000_000 + n, epoch())].into(),
        unmatched: [unmatched(&format!("v{n} > w{n}"), Gap::NoContext, n, epoch())].into(),
        ..journey(n, [hop(&format!("p{n} > t{n} > c{n}"), 2 * n, 2 * n + 1)])
    }));
    let (map, _, troubles) = look(&summaries);
    assert_eq!(map.nodes.len(), 200);
    assert!(map.arrows.len() <= 600 && map.left_out > 400_000, "{} arrows", map.arrows.len());
    assert_eq!(troubles, 202, "a hundred of each of two kinds, and the rest");
}

#[test]
fn a_chain_as_long_as_the_map_is_wide_is_laid_out() {
    let hops = (0..99_u64).map(|n| hop(&format!("s{n:02} > t{n:02} > s{:02}", n + 1), 2 * n, 2 * n + 1));
    // Arrows over all of it, forwards and backwards.
    let long =
        (0..40_u64).map(|n| hop(&format!("s00 > t{:02} > s{n:02}", 98 - n), 1_000 + 2 * n, 1_001 + 2 * n));
    let summaries = shared([journey(1, hops), journey(2, long)]);
    let map = DestinationMap::of(&summaries, minute(), at(60_000));
    assert_eq!((map.nodes.len(), map.left_out), (199, 0));
    let layout = MapLayout::of(&map);
    assert!((layout.width - 198.0).abs() < 1e-9, "{}", layout.width);
}

#[test]
fn names_are_kept_as_they_are() {
    let name = "\u{1b}[2J<script>\r\n\u{202e}\u{0}";
    let route = format!("{name} > {name} > {name}");
    let dead =
        HopRecord { handled_error: Some(name.into()), skew: Duration::from_secs(1), ..hop(&route, 1, 2) };
    let summaries = shared([JourneySummary { outcome: Outcome::DeadLettered, ..journey(1, [dead]) }]);
    let (map, ..) = look(&summaries);
    assert!(map.nodes.iter().all(|node| node.name == name), "{map:?}");
    let rows = spans([messaging(name, "send", name, 1)]).rows();
    assert_eq!((rows[0].label.as_str(), rows[0].service.as_str()), (format!("send {name}").as_str(), name));
}

#[test]
fn times_at_the_ends_of_the_world_are_harmless() {
    let ends = [SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH - Duration::from_secs(1), epoch(), far()];
    let lengths =
        [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(600 * 365 * 86_400), Duration::MAX];
    let mut hops = Vec::new();
    for sent in ends {
        for wait in lengths {
            let id = 10 + 2 * hops.len() as u64;
            let hop = hop("a > orders > b", id, id + 1);
            hops.push(HopRecord {
                sent,
                wait,
                sending: wait,
                handling: wait,
                skew: wait,
                attempt: u32::MAX,
                ..hop
            });
        }
    }
    let sends = ends.iter().zip(1_000..).map(|(&sent, id)| unhandled("a > orders", id, sent));
    let summary = JourneySummary {
        unhandled: sends.collect(),
        started: far(),
        duration: Duration::MAX,
        losses: [loss(1, u64::MAX, u64::MAX), loss(2, u64::MAX, 1)].into(),
        parts_left_out: usize::MAX,
        ..journey(1, hops)
    };
    let twice = [summary.clone(), JourneySummary { id: tracehop_journey::JourneyId(key(9, 9)), ..summary }];
    let (map, detail, troubles) = look(&shared(twice));
    assert_eq!(map.arrows[0].latency.max, Duration::MAX);
    assert!(detail.rows.len() <= 60 && detail.wait_over_time.len() <= 60, "{} rows", detail.rows.len());
    assert!(troubles >= 4, "{troubles}");
    for window in [far()..epoch(), epoch()..epoch(), SystemTime::UNIX_EPOCH..far()] {
        let detail = HopDetail::of(&[], &orders(), window.clone());
        assert!(detail.wait_over_time.len() <= 60 && !detail.column.is_zero(), "{window:?}");
    }
}

#[test]
fn a_journey_as_deep_as_it_is_long_needs_no_deep_stack() {
    let count = 100_000;
    let deep = (1..=count).map(|id| span("a", "deeper", id).parent(id - 1).times(id, count));
    let rows = spans(deep).rows();
    let last = rows.last().map(|row| (row.depth, row.below, row.critical));
    assert_eq!(last, Some((99_999, Some(99_998), true)));
}

#[test]
fn many_batches_of_the_same_messages_have_a_bounded_number_of_waits() {
    let sends = (1..=128).map(|id| messaging("a", "send", "orders", id).times(0, 1));
    let batches = (1..=1_000_u64).map(|n| {
        (1..=128)
            .fold(messaging("b", "process", "orders", 1_000 + n).times(5, 6), crate::samples::Draft::link)
    });
    let rows = spans(sends.chain(batches)).rows();
    assert_eq!(rows.len(), 128 + 1_000 * 2 + 10_000);
    assert!(rows.iter().all(|row| row.batch == 0 || row.batch == 128));
}

#[test]
fn cycles_of_parents_and_links_end() {
    let journey = spans([
        messaging("a", "send", "orders", 1).parent(2).link(2),
        messaging("a", "process", "orders", 2).parent(1).link(1).link(2),
        span("a", "ouroboros", 3).parent(3),
        span("a", "twice", 3).parent(2),
    ]);
    let rows = journey.rows();
    assert_eq!(rows.iter().filter(|row| row.kind != tracehop_journey::RowKind::Wait).count(), 4);
    for (place, row) in rows.iter().enumerate() {
        assert!(row.below.is_none_or(|below| below < place && rows[below].depth + 1 == row.depth), "{row:?}");
    }
}

fn any_hop() -> impl Strategy<Value = HopRecord> {
    let names = (0..4_u8, 0..4_u8, 0..4_u8, prop::option::of(0..3_u8), prop::option::of(0..3_u8));
    let ids = (0..6_u64, 0..12_u64, 0..8_u32);
    // Waits of up to 292 years end before the year 2500.
    let times = (0..120_000_u64, 0..u64::MAX / 2, 0..100_u64);
    (names, ids, times, any::<(bool, bool)>()).prop_map(
        |(
            (producer, destination, consumer, group, partition),
            (send, process, attempt),
            (sent, wait, skew),
            failed,
        )| {
            let names = ["orders", "orders.DLT", "orders.retry", "x"];
            HopRecord {
                group: group.map(|it| it.to_string().into()),
                partition: partition.map(|it| it.to_string().into()),
                attempt,
                sent: at(sent),
                wait: Duration::from_nanos(wait),
                skew: Duration::from_millis(skew),
                error: failed.0.then(|| "Timeout".into()),
                handled_error: failed.1.then(|| "Timeout".into()),
                ..hop(
                    &format!("s{producer} > {} > s{consumer}", names[usize::from(destination)]),
                    send,
                    // A handler takes its messages from one destination.
                    4 * process + u64::from(destination),
                )
            }
        },
    )
}

proptest! {
    #[test]
    fn whatever_happens_the_numbers_agree(
        journeys in prop::collection::vec((prop::collection::vec(any_hop(), 0..12), any::<bool>()), 0..12),
    ) {
        let summaries = shared(journeys.into_iter().zip(0..).map(|((hops, dead), id)| JourneySummary {
            outcome: if dead { Outcome::DeadLettered } else { Outcome::Failed },
            unhandled: [unhandled("s0 > orders", 3 + id, at(id))].into(),
            ..journey(id, hops)
        }));
        let (map, detail, _) = look(&summaries);
        prop_assert_eq!(map.left_out, 0);
        for arrow in &map.arrows {
            prop_assert!(map.nodes[arrow.from].kind != map.nodes[arrow.to].kind);
            prop_assert!(arrow.errors <= arrow.count && arrow.latency.count <= arrow.count);
            prop_assert!(arrow.count > 0);
        }
        prop_assert_eq!(detail.wait.count, detail.count);
        prop_assert_eq!(detail.consumers.iter().map(|it| it.count).sum::<u64>(), detail.count);
        prop_assert_eq!(detail.waits.iter().map(|it| u64::from(it.count)).sum::<u64>(), detail.count);
        prop_assert!(detail.waits.iter().all(|cell| (cell.row as usize) < detail.rows.len()));
        prop_assert!(detail.errors.max(detail.retries).max(detail.dead_letters) <= detail.count);
        // The map and the page of the hop count the same messages.
        let out = map.arrows.iter().filter(|it| map.nodes[it.from].name == "orders").map(|it| it.count);
        prop_assert_eq!(out.sum::<u64>(), detail.count);
    }
}

#[test]
fn an_empty_journey_is_harmless() {
    let (map, detail, troubles) = look(&shared([summary(1)]));
    assert_eq!((map.nodes.len(), detail.count, troubles), (0, 0, 0));
}
