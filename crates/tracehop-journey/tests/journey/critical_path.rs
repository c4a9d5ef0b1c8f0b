//! The chain of spans that determines when a journey ends.

use opentelemetry::trace::SpanKind;
use tracehop_journey::JourneySpan;

use crate::scenarios::{Draft, journey, messaging, span, three_hops};

fn check(drafts: Vec<Draft>, expected: &[&str]) {
    let journey = journey(drafts);
    let path: Vec<&str> = journey.critical_path().into_iter().map(JourneySpan::name).collect();
    assert_eq!(path, expected);
}

#[test]
fn it_runs_through_the_messages_to_the_span_that_ends_last() {
    let path = [
        "place order",
        "send orders",
        "process orders",
        "send payments",
        "process payments",
        "send shipping",
        "process shipping",
    ];
    check(three_hops(1), &path);
}

#[test]
fn the_slower_of_two_consumers_is_on_it() {
    let drafts = vec![
        messaging("a", "send", "orders", 1, 1).times(0, 10),
        messaging("b", "process", "orders", 1, 2).parent(1).times(20, 30),
        messaging("c", "process", "orders", 1, 3).parent(1).times(20, 90),
        span("c", "UPDATE", 1, 4).parent(3).times(30, 40),
    ];
    let journey = journey(drafts);
    let path: Vec<&str> = journey.critical_path().into_iter().map(JourneySpan::service).collect();
    assert_eq!(path, ["a", "c"]);
}

#[test]
fn it_follows_links_between_traces() {
    let drafts = vec![
        messaging("a", "send", "orders", 1, 1).times(0, 10),
        span("b", "consumer loop", 2, 1).times(5, 200),
        messaging("b", "process", "orders", 2, 2).parent(1).link(1, 1).times(20, 300),
    ];
    check(drafts, &["send orders", "process orders"]);
}

#[test]
fn a_batch_waits_for_its_last_message() {
    let drafts = vec![
        messaging("a", "send", "early", 1, 1).times(0, 10),
        messaging("a", "send", "late", 2, 1).times(5, 60),
        messaging("b", "process", "both", 3, 1).link(2, 1).link(1, 1).times(100, 200),
    ];
    check(drafts, &["send late", "process both"]);
}

#[test]
fn a_request_that_waits_for_the_reply_does_not_hide_what_it_waited_for() {
    let drafts = vec![
        span("a", "GET /price", 1, 1).times(0, 1_000),
        messaging("a", "send", "prices", 1, 2).parent(1).times(10, 20),
        messaging("b", "process", "prices", 1, 3).parent(2).times(50, 900),
    ];
    check(drafts, &["GET /price", "send prices", "process prices"]);
}

#[test]
fn a_handler_is_not_held_up_by_what_it_sends() {
    let drafts = vec![
        messaging("a", "send", "orders", 1, 1).times(0, 10),
        messaging("b", "process", "orders", 1, 2).parent(1).times(20, 900),
        messaging("b", "send", "audit", 1, 3).parent(2).times(30, 40),
        messaging("c", "process", "audit", 1, 4).parent(3).times(50, 60),
    ];
    check(drafts, &["send orders", "process orders"]);
}

#[test]
fn a_settlement_after_the_handler_does_not_end_it() {
    let drafts = vec![
        messaging("a", "send", "orders", 1, 1).times(0, 10),
        messaging("b", "process", "orders", 1, 2).parent(1).times(20, 30),
        messaging("b", "settle", "orders", 1, 3).parent(2).link(1, 1).times(31, 32),
    ];
    check(drafts, &["send orders", "process orders"]);
}

#[test]
fn a_message_of_a_batch_is_told_apart_by_its_create_span() {
    let drafts = vec![
        messaging("a", "send", "batch", 1, 1).kind(SpanKind::Client).link(1, 2).link(1, 3).times(0, 10),
        messaging("a", "create", "one", 1, 2).parent(1).times(0, 1),
        messaging("a", "create", "two", 1, 3).parent(1).times(1, 2),
        messaging("b", "process", "one", 2, 1).link(1, 2).times(50, 60),
        messaging("b", "process", "two", 3, 1).link(1, 3).times(20, 40),
    ];
    check(drafts, &["send batch", "create one", "process one"]);
}

#[test]
fn an_outbox_relay_carries_on_from_the_request_that_filled_the_box() {
    let drafts = vec![
        span("shop", "POST /orders", 1, 1).times(0, 100),
        span("relay", "relay loop", 2, 1).times(10, 6_000),
        messaging("relay", "send", "orders", 2, 2).parent(1).link(1, 1).times(5_000, 5_100),
        messaging("billing", "process", "orders", 3, 1).link(1, 1).times(5_400, 6_500),
    ];
    check(drafts, &["POST /orders", "send orders", "process orders"]);
}

#[test]
fn a_handler_waits_for_its_message_not_for_the_receive_around_it() {
    let drafts = vec![
        messaging("a", "send", "orders", 1, 1).times(0, 10),
        messaging("b", "receive", "orders", 2, 1).link(1, 1).times(5, 30),
        messaging("b", "process", "orders", 2, 2).parent(1).link(1, 1).times(40, 90),
    ];
    check(drafts, &["send orders", "process orders"]);
}

#[test]
fn a_receive_waits_for_the_last_of_its_messages() {
    let drafts = vec![
        messaging("a", "send", "early", 1, 1).times(0, 10),
        messaging("a", "send", "late", 2, 1).times(5, 60),
        messaging("b", "receive", "both", 3, 1).link(2, 1).link(1, 1).times(0, 70),
    ];
    check(drafts, &["send late", "receive both"]);
}
