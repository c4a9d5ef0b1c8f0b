//! Clocks that disagree.

use std::time::Duration;

use tracehop_journey::{HopRecord, clock_skews};

use crate::samples::hop;

fn skewed(route: &str, millis: u64) -> HopRecord {
    HopRecord { skew: Duration::from_millis(millis), ..hop(route, 1, 2) }
}

fn check(hops: &[HopRecord], expected: &[&str]) {
    let skews = clock_skews(hops, Duration::from_millis(1));
    assert_eq!(skews.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
}

#[test]
fn clocks_that_may_agree_are_not_told() {
    check(&[], &[]);
    check(&[hop("a > orders > b", 1, 2)], &[]);
    check(&[HopRecord { skew: Duration::from_micros(999), ..hop("a > orders > b", 1, 2) }], &[]);
}

#[test]
fn the_greatest_skew_of_each_pair_counts() {
    check(
        &[
            skewed("checkout > orders > shipping", 12),
            skewed("checkout > orders > shipping", 40),
            skewed("payments > paid > shipping", 90),
        ],
        &[
            "shipping's clock is at least 90.0 ms behind payments'",
            "shipping's clock is at least 40.0 ms behind checkout's",
        ],
    );
}

#[test]
fn a_clock_that_was_set_is_told_in_both_directions() {
    check(
        &[skewed("a > orders > b", 5), skewed("b > answers > a", 3)],
        &["b's clock is at least 5.00 ms behind a's", "a's clock is at least 3.00 ms behind b's"],
    );
}

#[test]
fn processes_of_one_service_may_disagree() {
    check(&[skewed("a > orders > a", 5)], &["two clocks of a are at least 5.00 ms apart"]);
}
