//! What the hops of many journeys cost.

use std::time::Duration;

use tracehop_journey::HopTable;

use crate::scenarios::{journeys, messaging, three_hops};

#[test]
fn hops_read_in_the_order_of_the_journey() {
    let journeys = journeys((1..=3).flat_map(three_hops));
    insta::assert_snapshot!(journeys.iter().collect::<HopTable>(), @"
                                                             in queue        processing
    destination from → to             count  errors      p50      p95      p50      p95
    orders      checkout → billing        3       0  12.3 ms  12.3 ms  8.00 ms  8.00 ms
    payments    billing → warehouse       3       0  8.50 ms  8.50 ms  17.0 ms  17.0 ms
    shipping    warehouse → courier       3       0   870 µs   870 µs  13.1 ms  13.1 ms
    ");
}

#[test]
fn percentiles_are_nearest_ranks() {
    // Queue times of 1, 2, ... 20 ms; processing always takes 1 ms; every tenth fails.
    let journeys = journeys((1..=20).flat_map(|n: u64| {
        let process =
            messaging("b", "process", "orders", n.into(), 2).parent(1).times(n * 1_000, n * 1_000 + 1_000);
        let process = if n.is_multiple_of(10) { process.failed("Timeout") } else { process };
        [messaging("a", "send", "orders", n.into(), 1).times(0, 0), process]
    }));
    let table: HopTable = journeys.iter().collect();
    let [row] = table.rows() else { unreachable!("one row: {table}") };
    assert_eq!((row.count, row.errors), (20, 2));
    assert_eq!((row.queue.p50, row.queue.p95), (Duration::from_millis(10), Duration::from_millis(19)));
    assert_eq!((row.process.p50, row.process.p95), (Duration::from_millis(1), Duration::from_millis(1)));
}

#[test]
fn one_sample_is_every_percentile() {
    let journeys = journeys([
        messaging("a", "send", "orders", 1, 1).times(0, 0),
        messaging("b", "process", "orders", 1, 2).parent(1).times(7_000, 9_000),
    ]);
    let table: HopTable = journeys.iter().collect();
    assert_eq!(table.rows()[0].queue.p50, Duration::from_millis(7));
    assert_eq!(table.rows()[0].queue.p95, Duration::from_millis(7));
}

#[test]
fn failures_and_slow_hops_stand_out() {
    let mut spans: Vec<_> = (1..=2).flat_map(three_hops).collect();
    spans.extend([
        messaging("checkout", "send", "orders", 3, 1).times(0, 870),
        messaging("billing", "process", "orders", 3, 2)
            .parent(1)
            .times(1_200_870, 1_250_000)
            .failed("Timeout"),
    ]);
    insta::assert_snapshot!(journeys(spans).iter().collect::<HopTable>(), @"
                                                             in queue        processing
    destination from → to             count  errors      p50      p95      p50      p95
    orders      checkout → billing        3       1  12.3 ms   1.20 s  8.00 ms  49.1 ms
    payments    billing → warehouse       2       0  8.50 ms  8.50 ms  17.0 ms  17.0 ms
    shipping    warehouse → courier       2       0   870 µs   870 µs  13.1 ms  13.1 ms
    ");
}

#[test]
fn a_table_of_nothing_has_only_titles() {
    insta::assert_snapshot!(HopTable::default(), @"
                                                   in queue        processing
    destination from → to   count  errors      p50      p95      p50      p95
    ");
}

#[test]
fn long_names_are_cut_to_fit() {
    let journeys = journeys([
        messaging("an-extremely-long-producer-name", "send", &"orders".repeat(20), 1, 1).times(0, 10),
        messaging("b", "process", &"orders".repeat(20), 1, 2).parent(1).times(20, 30),
        messaging("a", "send", "orders", 2, 1).times(20, 30),
        messaging("an-extremely-long-consumer-name", "process", "orders", 2, 2).parent(1).times(40, 50),
    ]);
    let table = journeys.iter().collect::<HopTable>();
    insta::assert_snapshot!(table, @"
                                                                              in queue        processing
    destination            from → to                   count  errors      p50      p95      p50      p95
    ordersordersordersord… an-extremely-long-pr… → b       1       0  10.0 µs  10.0 µs  10.0 µs  10.0 µs
    orders                 a → an-extremely-long-co…       1       0  10.0 µs  10.0 µs  10.0 µs  10.0 µs
    ");
}
