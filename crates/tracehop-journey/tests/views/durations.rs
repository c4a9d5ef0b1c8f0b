//! Percentiles of durations.

use std::time::Duration;

use proptest::prelude::*;
use tracehop_journey::{Durations, Latency};

/// Percentiles by sorting: the smallest that so many percent do not exceed.
fn exact(nanos: &[u64]) -> [u64; 3] {
    let mut sorted = nanos.to_vec();
    sorted.sort_unstable();
    [50, 95, 99].map(|percent| sorted[(sorted.len() * percent).div_ceil(100) - 1])
}

fn percentiles(latency: &Latency) -> [u64; 3] {
    [latency.p50, latency.p95, latency.p99].map(|it| u64::try_from(it.as_nanos()).unwrap())
}

#[test]
fn nothing_has_no_percentiles() {
    assert_eq!(Durations::default().latency(), Latency::default());
}

#[test]
fn durations_beyond_all_bounds_are_clamped() {
    let durations: Durations = [Duration::ZERO, Duration::MAX].into_iter().collect();
    let latency = durations.latency();
    assert_eq!((latency.count, latency.p50, latency.max), (2, Duration::ZERO, Duration::MAX));
    let years = Duration::from_secs(73 * 365 * 86_400);
    assert!((years..years + years / 100).contains(&latency.p99), "{latency:?}");

    let many: Durations = std::iter::repeat_n(Duration::MAX, 10_000).collect();
    assert!((years..years + years / 100).contains(&many.latency().p50), "{:?}", many.latency());
    assert_eq!(many.latency().count, 10_000);
}

proptest! {
    #[test]
    fn percentiles_have_three_significant_digits(
        parts in prop::collection::vec(prop::collection::vec(0..3_000_000_000_000_u64, 0..3_000), 1..6),
    ) {
        let mut merged = Durations::default();
        for part in &parts {
            merged.merge(&part.iter().copied().map(Duration::from_nanos).collect());
        }
        let all = parts.concat();
        prop_assert_eq!(merged.count(), all.len() as u64);
        let latency = merged.latency();
        if !all.is_empty() {
            for (found, exact) in percentiles(&latency).into_iter().zip(exact(&all)) {
                prop_assert!(found >= exact && found <= exact + exact / 500, "{} for {}", found, exact);
            }
        }
        prop_assert_eq!(latency.max, Duration::from_nanos(all.iter().copied().max().unwrap_or(0)));
        prop_assert!(latency.p50 <= latency.p95 && latency.p95 <= latency.p99 && latency.p99 <= latency.max);
    }

    #[test]
    fn the_order_of_merging_changes_nothing_that_is_shown(
        small in prop::collection::vec(0..1_000_000_000_u64, 0..50),
        large in prop::collection::vec(0..1_000_000_000_u64, 4_090..4_200),
    ) {
        let of = |nanos: &[u64]| nanos.iter().copied().map(Duration::from_nanos).collect::<Durations>();
        let (mut first, mut second) = (of(&small), of(&large));
        first.merge(&of(&large));
        second.merge(&of(&small));
        let (first, second) = (first.latency(), second.latency());
        prop_assert_eq!((first.count, first.max), (second.count, second.max));
        for (first, second) in percentiles(&first).into_iter().zip(percentiles(&second)) {
            prop_assert!(first.abs_diff(second) <= first / 500, "{} and {}", first, second);
        }
    }
}
