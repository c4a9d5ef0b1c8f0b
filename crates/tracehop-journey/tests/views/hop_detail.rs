//! One hop, closely.

use std::time::Duration;

use tracehop_journey::{
    HeatCell, HopDetail, HopQuery, HopRecord, JourneyId, JourneySummary, Outcome, UnhandledSend,
};

use crate::samples::{at, hop, journey, key, minute, shared, summary, unhandled};

fn query(text: &str) -> HopQuery {
    let mut query = HopQuery::default();
    for term in text.split(' ') {
        match term.split_once(':') {
            Some(("producer", name)) => query.producer = Some(name.to_owned()),
            Some(("consumer", name)) => query.consumer = Some(name.to_owned()),
            Some(("group", name)) => query.group = Some(name.to_owned()),
            _ => term.clone_into(&mut query.destination),
        }
    }
    query
}

fn detail(summaries: impl IntoIterator<Item = JourneySummary>, text: &str) -> HopDetail {
    HopDetail::of(&shared(summaries), &query(text), minute())
}

/// A message that was handled `start` milliseconds after the epoch, after a wait of `wait` milliseconds.
fn handled(start: u64, wait: u64, id: u64) -> HopRecord {
    HopRecord { sent: at(start) - ms(wait), wait: ms(wait), ..hop("a > orders > b", 2 * id, 2 * id + 1) }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn nothing_is_an_empty_page() {
    let detail = detail([], "orders");
    assert_eq!((detail.count, detail.unhandled, detail.rows.len(), detail.slowest.len()), (0, 0, 0, 0));
    assert_eq!(detail.wait_over_time, vec![None; 60]);
}

#[test]
fn a_query_narrows_the_hop() {
    let grouped = HopRecord { group: Some("billing".into()), ..hop("a > orders > b", 1, 2) };
    let hops =
        [grouped, hop("c > orders > b", 3, 4), hop("a > orders > d", 5, 6), hop("a > other > b", 7, 8)];
    let waiting = JourneySummary {
        unhandled: [
            unhandled("a > orders", 20, at(1)),
            unhandled("c > orders", 21, at(1)),
            unhandled("a > orders", 22, at(60_000)),
            UnhandledSend { error: Some("Refused".into()), ..unhandled("a > orders", 23, at(1)) },
        ]
        .into(),
        ..summary(2)
    };
    let summaries = shared([journey(1, hops), waiting]);
    for (text, count, unhandled) in [
        ("orders", 3, 2),
        ("orders producer:a", 2, 1),
        ("orders consumer:b", 2, 2),
        ("orders producer:a consumer:b", 1, 1),
        ("orders group:billing", 1, 2),
        ("other", 1, 0),
        ("order", 0, 0),
    ] {
        let detail = HopDetail::of(&summaries, &query(text), minute());
        assert_eq!((detail.count, detail.unhandled), (count, unhandled), "{text}");
    }
}

#[test]
fn errors_retries_and_dead_letters_are_counted() {
    let failed = |error: &str, hop: HopRecord| HopRecord { error: Some(error.into()), ..hop };
    let handled_error = |hop: HopRecord| HopRecord { handled_error: Some("Declined".into()), ..hop };
    let given_up = [
        handled_error(handled(10, 1, 1)),
        handled_error(HopRecord { attempt: 2, ..HopRecord { send: key(1, 2), ..handled(20, 1, 9) } }),
    ];
    let detail = detail(
        [
            JourneySummary { outcome: Outcome::DeadLettered, ..journey(1, given_up) },
            journey(2, [failed("Timeout", handled(30, 1, 3))]),
            // A failure that was taken care of, and went well later: no dead letter.
            journey(3, [handled_error(handled(40, 1, 4))]),
        ],
        "orders",
    );
    assert_eq!((detail.count, detail.errors, detail.retries, detail.dead_letters), (4, 1, 1, 1));
}

#[test]
fn what_is_sent_on_for_a_retry_is_no_dead_letter() {
    let taken_care = |hop: HopRecord| HopRecord { handled_error: Some("Timeout".into()), ..hop };
    let first = taken_care(handled(10, 1, 1));
    let retry = taken_care(HopRecord { sent: at(15), ..hop("b > orders.retry.1 > b", 12, 13) });
    let dead = JourneySummary {
        unhandled: [unhandled("b > orders.DLT", 20, at(30))].into(),
        ..journey(1, [first, retry])
    };
    let summaries = shared([dead]);
    let letters = |text: &str| HopDetail::of(&summaries, &query(text), minute()).dead_letters;
    assert_eq!((letters("orders"), letters("orders.retry.1")), (0, 1));
}

#[test]
fn heat_maps_have_a_column_for_each_time_and_a_row_for_each_duration() {
    let hops = [handled(500, 3, 1), handled(600, 4, 2), handled(700, 300, 3), handled(59_999, 4, 4)];
    let detail = detail([journey(1, hops)], "orders");
    assert_eq!(detail.column, Duration::from_secs(1));
    assert_eq!(detail.rows, [2, 5, 10, 20, 50, 100, 200].map(ms));
    let cell = |column, row, count| HeatCell { column, row, count };
    assert_eq!(detail.waits, [cell(0, 0, 2), cell(0, 6, 1), cell(59, 0, 1)]);
    assert_eq!(detail.handlings, [cell(0, 1, 3), cell(59, 1, 1)]);
    let p50 = |column: usize| detail.wait_over_time[column].map(|latency| (latency.count, latency.p50));
    assert_eq!((p50(0), p50(1), p50(59)), (Some((3, ms(4))), None, Some((1, ms(4)))));
}

#[test]
fn the_twenty_slowest_messages_lead_to_their_journeys() {
    let journeys = (1..=50).map(|n| journey(n, [handled(1_000, n, n)]));
    let detail = detail(journeys, "orders");
    let slowest: Vec<(JourneyId, Duration)> = detail.slowest.iter().map(|it| (it.journey, it.wait)).collect();
    let expected: Vec<(JourneyId, Duration)> =
        (31..=50).rev().map(|n| (JourneyId(key(2, n)), ms(n))).collect();
    assert_eq!(slowest, expected);
}

#[test]
fn partitions_and_consumers_are_compared() {
    let on = |partition: &str, hop: HopRecord| HopRecord { partition: Some(partition.into()), ..hop };
    let hops = [
        on("10", handled(10, 1, 1)),
        on("2", handled(20, 9, 2)),
        on("2", HopRecord { error: Some("Timeout".into()), ..handled(30, 1, 3) }),
        HopRecord { group: Some("billing".into()), ..handled(40, 1, 4) },
    ];
    let detail = detail([journey(1, hops)], "orders");
    let spreads = |spreads: &[tracehop_journey::Spread]| -> Vec<(String, u64, u64, Duration)> {
        spreads.iter().map(|it| (it.name.clone(), it.count, it.errors, it.wait.max)).collect()
    };
    assert_eq!(spreads(&detail.partitions), [("2".to_owned(), 2, 1, ms(9)), ("10".to_owned(), 1, 0, ms(1))]);
    let consumers = [("b".to_owned(), 3, 1, ms(9)), ("b / billing".to_owned(), 1, 0, ms(1))];
    assert_eq!(spreads(&detail.consumers), consumers);
}

#[test]
fn a_crowd_of_partitions_ends_in_others() {
    let hops = (1..=250).map(|n| HopRecord { partition: Some(n.to_string().into()), ..handled(10, n, n) });
    let detail = detail([journey(1, hops)], "orders");
    assert_eq!(detail.partitions.len(), 101);
    let others = detail.partitions.last().unwrap();
    assert_eq!(
        (others.name.as_str(), others.count, others.wait.count, others.wait.max),
        ("(others)", 150, 150, ms(250))
    );
}
