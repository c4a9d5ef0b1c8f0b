//! Which spans become one journey.

use tracehop_journey::JourneySpan;

use crate::scenarios::{Draft, journeys, messaging, one_hop, span};

/// The names of each journey's spans.
fn check(drafts: Vec<Draft>, expected: &[&[&str]]) {
    let journeys = journeys(drafts);
    let names: Vec<Vec<&str>> = journeys.iter().map(|j| j.spans().map(JourneySpan::name).collect()).collect();
    assert_eq!(names, expected);
}

#[test]
fn spans_of_one_trace_are_one_journey() {
    check(one_hop(1), &[&["place order", "send orders", "process orders"]]);
}

#[test]
fn unrelated_traces_stay_apart_in_order_of_start() {
    let later = span("a", "later", 1, 1).times(20, 30);
    let earlier = span("a", "earlier", 2, 1).times(10, 40);
    check(vec![later, earlier], &[&["earlier"], &["later"]]);
}

#[test]
fn a_link_alone_joins_two_traces() {
    let send = messaging("a", "send", "orders", 1, 1).times(0, 1);
    let process = messaging("b", "process", "orders", 2, 1).link(1, 1).times(2, 3);
    check(vec![process, send], &[&["send orders", "process orders"]]);
}

#[test]
fn handlers_of_one_send_that_was_not_recorded_belong_together() {
    let billing = messaging("b", "process", "orders", 2, 1).link(1, 1).times(2, 3);
    let audit = messaging("c", "process", "orders", 3, 1).link(1, 1).times(4, 5);
    check(vec![billing, audit], &[&["process orders", "process orders"]]);
}

#[test]
fn a_trace_with_a_gap_stays_together() {
    let start = span("a", "start", 1, 1).times(0, 1);
    let after_the_gap = span("b", "after the gap", 1, 9).remote_parent(8).times(5, 6);
    check(vec![start, after_the_gap], &[&["start", "after the gap"]]);
}

#[test]
fn a_chain_of_links_joins_all_its_traces() {
    let drafts = (1..=50).map(|trace| {
        let draft = span("a", "step", trace, 1).times(0, 1);
        if trace < 50 { draft.link(trace + 1, 1) } else { draft }
    });
    let journeys = journeys(drafts);
    assert_eq!(journeys.len(), 1);
    assert_eq!(journeys[0].trace_ids().len(), 50);
}

#[test]
fn a_loop_that_handlers_link_to_makes_no_one_journey() {
    let order = |trace: u128| {
        [
            messaging("a", "send", "orders", trace, 1).times(0, 1),
            messaging("b", "process", "orders", trace, 2)
                .remote_parent(1)
                .link(trace, 1)
                .link(9, 1)
                .times(2, 3),
            // Sent on after the handler, which is why the loop is linked.
            messaging("b", "send", "orders.dead", trace, 3).parent(2).link(9, 1).times(4, 5),
        ]
    };
    let looping = span("b", "consume", 9, 1).times(1, 9);
    let one = ["send orders", "process orders", "send orders.dead"];
    check(order(1).into_iter().chain(order(2)).chain([looping]).collect(), &[&one, &one, &["consume"]]);
}

#[test]
fn an_invalid_link_joins_nothing() {
    let one = span("a", "one", 1, 1).link(0, 0).times(0, 1);
    let other = span("a", "other", 2, 1).link(0, 0).times(2, 3);
    check(vec![one, other], &[&["one"], &["other"]]);
}

#[test]
fn the_order_of_export_does_not_matter() {
    let mut reversed = one_hop(1);
    reversed.reverse();
    check(reversed, &[&["place order", "send orders", "process orders"]]);
}

#[test]
fn a_journey_tells_its_bounds_and_outcome() {
    let failed = messaging("b", "process", "orders", 1, 2).parent(1).times(30, 70).failed("Timeout");
    let journeys = journeys([messaging("a", "send", "orders", 1, 1).times(20, 100), failed]);
    let journey = &journeys[0];
    assert_eq!(journey.name(), "send orders");
    assert_eq!(journey.started(), crate::scenarios::epoch() + std::time::Duration::from_micros(20));
    assert_eq!(journey.duration(), std::time::Duration::from_micros(80));
    assert!(journey.failed());
}
