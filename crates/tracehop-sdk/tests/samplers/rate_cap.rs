use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry_sdk::trace::Sampler;
use tracehop_sdk::RateCap;

use crate::asked::{Asked, Parent};

/// A limit of two in a second, and its clock in milliseconds.
fn two_per_second(inner: Sampler) -> (RateCap, Arc<AtomicU64>) {
    let now = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&now);
    let cap = RateCap::new(inner, 2).clock(move || Duration::from_millis(clock.load(Ordering::Relaxed)));
    (cap, now)
}

fn sampled(cap: &RateCap, times: usize, asked: &Asked) -> usize {
    (0..times).filter(|_| asked.is_sampled(cap)).count()
}

#[test]
fn a_destination_has_so_many_traces_in_each_second() {
    let (cap, now) = two_per_second(Sampler::AlwaysOn);
    let [orders, payments] = ["orders", "payments"].map(|name| Asked::about(Parent::None, name));
    assert_eq!(sampled(&cap, 5, &orders), 2);
    assert_eq!(sampled(&cap, 5, &payments), 2, "each has its own");
    assert_eq!(cap.limited(), 6);
    now.store(500, Ordering::Relaxed);
    assert_eq!(sampled(&cap, 5, &orders), 1, "half a second gives one of two back");
    now.store(60_000, Ordering::Relaxed);
    assert_eq!(sampled(&cap, 5, &orders), 2, "no more are saved up");
    assert_eq!(cap.limited(), 13);
    assert_eq!(cap.overflowed(), 0);
}

#[test]
fn only_what_starts_here_is_limited() {
    let (cap, _) = two_per_second(Sampler::AlwaysOn);
    for (asked, expected, why) in [
        (Asked::about(Parent::Sampled, "a"), 9, "children of what is sampled"),
        (Asked::about(Parent::None, "a"), 2, "children have taken nothing"),
        (Asked::about(Parent::Invalid, "b"), 2, "a parent that is none"),
        (Asked::about(Parent::Unsampled, "c"), 2, "the sampler decides over its parent"),
        (Asked::new(Parent::None), 9, "it says of no destination"),
    ] {
        assert_eq!(sampled(&cap, 9, &asked), expected, "{asked:?}: {why}");
    }
}

#[test]
fn what_the_other_sampler_drops_takes_nothing() {
    let (cap, _) = two_per_second(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(0.5))));
    let dropped = Asked::about(Parent::None, "orders");
    let kept = Asked { trace: 1, ..dropped.clone() };
    assert_eq!((sampled(&cap, 5, &dropped), cap.limited()), (0, 0));
    assert_eq!((sampled(&cap, 5, &kept), cap.limited()), (2, 3));
}

#[test]
fn destinations_beyond_the_limit_share_one_and_are_counted() {
    let (cap, _) = two_per_second(Sampler::AlwaysOn);
    let cap = cap.max_destinations(2);
    for (destination, expected) in [("a", 2), ("b", 2), ("c", 2), ("d", 0), ("a", 0)] {
        let asked = Asked::about(Parent::None, destination);
        assert_eq!(sampled(&cap.clone(), 3, &asked), expected, "{destination}");
    }
    assert_eq!(cap.overflowed(), 6, "clones share their counts");
    assert_eq!(cap.limited(), 1 + 1 + 1 + 3 + 3);
}

#[test]
fn with_none_in_a_second_none_start() {
    let cap = RateCap::new(Sampler::AlwaysOn, 0);
    assert_eq!(sampled(&cap, 3, &Asked::about(Parent::None, "orders")), 0);
    assert_eq!(sampled(&cap, 3, &Asked::about(Parent::Sampled, "orders")), 3);
}
