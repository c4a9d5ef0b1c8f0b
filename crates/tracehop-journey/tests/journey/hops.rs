//! Which sends and handlers make hops, and how long their phases take.

use std::time::Duration;

use opentelemetry::trace::SpanKind;
use tracehop_journey::Hop;

use crate::scenarios::{Draft, journey, messaging, one_hop, span, three_hops};

fn hops(drafts: impl IntoIterator<Item = Draft>) -> Vec<Hop> {
    journey(drafts).hops()
}

/// `orders checkout→billing`
fn route(hop: &Hop) -> String {
    format!("{} {}→{}", hop.destination, hop.producer, hop.consumer)
}

#[test]
fn one_hop_has_three_phases() {
    let hops = hops(one_hop(1));
    let [hop] = hops.as_slice() else { unreachable!("one hop: {hops:?}") };
    assert_eq!(route(hop), "orders checkout→billing");
    assert_eq!(hop.send, Duration::from_micros(1_200));
    assert_eq!(hop.queue, Duration::from_micros(12_300));
    assert_eq!(hop.process, Duration::from_millis(8));
    assert_eq!((hop.attempt, &hop.error), (1, &None));
}

#[test]
fn hops_come_in_the_order_of_the_journey() {
    let routes: Vec<String> = hops(three_hops(1)).iter().map(route).collect();
    assert_eq!(
        routes,
        ["orders checkout→billing", "payments billing→warehouse", "shipping warehouse→courier"]
    );
}

#[test]
fn a_parent_or_a_link_is_enough() {
    let send = messaging("a", "send", "orders", 1, 1).times(0, 1);
    let by_parent = messaging("b", "process", "orders", 1, 2).remote_parent(1).times(2, 3);
    let by_link = messaging("b", "process", "orders", 2, 2).link(1, 1).times(2, 3);
    assert_eq!(hops([send.clone(), by_parent]).len(), 1);
    assert_eq!(hops([send, by_link]).len(), 1);
}

#[test]
fn kinds_stand_in_for_a_missing_operation_type() {
    let send = span("a", "orders publish", 1, 1).kind(SpanKind::Producer).times(0, 1);
    let process = span("b", "orders process", 1, 2).kind(SpanKind::Consumer).parent(1).times(2, 3);
    let hops = hops([send, process]);
    assert_eq!(hops.iter().map(route).collect::<Vec<_>>(), ["(unknown) a→b"]);
}

#[test]
fn a_message_processed_before_the_broker_answered_spent_no_time_in_the_queue() {
    let send = messaging("a", "send", "orders", 1, 1).times(0, 500);
    let process = messaging("b", "process", "orders", 1, 2).parent(1).times(300, 400);
    assert_eq!(hops([send, process])[0].queue, Duration::ZERO);
}

#[test]
fn attempts_at_one_message_are_counted() {
    let hops = hops([
        messaging("a", "send", "orders", 1, 1).times(0, 10),
        messaging("b", "process", "orders", 1, 2).parent(1).times(20, 30).failed("Timeout"),
        messaging("b", "process", "orders", 1, 3).parent(1).times(130, 140).failed("Timeout"),
        messaging("b", "process", "orders", 1, 4).parent(1).times(240, 250),
        messaging("audit", "process", "orders", 1, 5).parent(1).times(260, 270),
    ]);
    let attempts: Vec<_> =
        hops.iter().map(|hop| (hop.consumer.as_str(), hop.attempt, hop.error.as_deref())).collect();
    let expected = [("b", 1, Some("Timeout")), ("b", 2, Some("Timeout")), ("b", 3, None), ("audit", 1, None)];
    assert_eq!(attempts, expected);
}

#[test]
fn messages_of_one_send_are_not_attempts_of_each_other() {
    let send = messaging("a", "send", "orders", 1, 1).times(0, 10);
    let process = |id: u64, offset: i64| {
        let span = messaging("b", "process", "orders", 1, id).parent(1).times(20 + id, 30 + id);
        span.with("messaging.destination.partition.id", "0").with("messaging.kafka.offset", offset)
    };
    let hops = hops([send, process(2, 7), process(3, 8), process(4, 7)]);
    assert_eq!(hops.iter().map(|hop| hop.attempt).collect::<Vec<_>>(), [1, 1, 2]);
}

#[test]
fn consumer_groups_count_their_own_attempts() {
    let send = messaging("a", "send", "orders", 1, 1).times(0, 10);
    let process = |id: u64, group: &'static str| {
        let span = messaging("b", "process", "orders", 1, id).parent(1).times(20 + id, 30 + id);
        span.with("messaging.consumer.group.name", group)
    };
    let hops = hops([send, process(2, "blue"), process(3, "green")]);
    assert_eq!(hops.iter().map(|hop| hop.attempt).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_failure_without_a_type_is_other() {
    let send = messaging("a", "send", "orders", 1, 1).times(0, 10);
    let mut process = messaging("b", "process", "orders", 1, 2).parent(1).times(20, 30);
    process.data.status = opentelemetry::trace::Status::error("no type");
    assert_eq!(hops([send, process])[0].error.as_deref(), Some("_OTHER"));
}

#[test]
fn a_batch_of_created_messages_is_sent_as_long_as_its_send_span() {
    let hops = hops([
        messaging("a", "send", "orders", 1, 1).kind(SpanKind::Client).link(1, 2).link(1, 3).times(0, 1_000),
        messaging("a", "create", "orders", 1, 2).parent(1).times(0, 1),
        messaging("a", "create", "orders", 1, 3).parent(1).times(1, 2),
        messaging("b", "process", "orders", 1, 4).remote_parent(2).link(1, 2).times(1_500, 1_600),
        messaging("b", "process", "orders", 2, 5).link(1, 3).times(1_700, 1_800),
    ]);
    assert_eq!(hops.iter().map(|hop| hop.send.as_micros()).collect::<Vec<_>>(), [1_000, 1_000]);
    assert_eq!(hops.iter().map(|hop| hop.queue.as_micros()).collect::<Vec<_>>(), [500, 700]);
    assert_eq!(hops.iter().map(|hop| hop.attempt).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_batch_handler_has_a_hop_for_each_message() {
    let hops = hops([
        messaging("a", "send", "orders", 1, 1).times(0, 10),
        messaging("a", "send", "orders", 2, 1).times(50, 60),
        messaging("b", "process", "orders", 3, 1).link(1, 1).link(2, 1).times(100, 200),
    ]);
    assert_eq!(hops.iter().map(|hop| hop.queue.as_micros()).collect::<Vec<_>>(), [90, 40]);
}

#[test]
fn an_outbox_relay_is_the_sender_of_the_context_it_found() {
    let hops = hops([
        span("shop", "POST /orders", 1, 1).times(0, 100),
        messaging("relay", "send", "orders", 2, 1).link(1, 1).times(5_000, 5_100),
        messaging("relay", "send", "audit", 3, 1).link(1, 1).times(5_200, 5_300),
        messaging("billing", "process", "orders", 1, 2).remote_parent(1).link(1, 1).times(5_400, 5_500),
    ]);
    assert_eq!(hops.iter().map(route).collect::<Vec<_>>(), ["orders relay→billing"]);
    assert_eq!(hops[0].queue, Duration::from_micros(300));
}

#[test]
fn a_dead_letter_that_keeps_its_context_belongs_to_the_later_send() {
    let hops = hops([
        messaging("a", "send", "orders", 1, 1).times(0, 10),
        messaging("b", "process", "orders", 1, 2).remote_parent(1).link(1, 1).times(20, 40).failed("Poison"),
        messaging("b", "send", "orders.dead", 1, 3).parent(2).link(1, 1).times(30, 35),
        messaging("c", "process", "orders.dead", 1, 4).remote_parent(1).link(1, 1).times(50, 60),
    ]);
    assert_eq!(hops.iter().map(route).collect::<Vec<_>>(), ["orders a→b", "orders.dead b→c"]);
}

#[test]
fn a_queue_behind_an_exchange_is_the_same_destination() {
    let hops = hops([
        messaging("a", "send", "orders:eu", 1, 1).times(0, 10),
        messaging("replay", "send", "orders:us", 2, 1).link(1, 1).times(11, 20),
        messaging("b", "process", "orders:eu:billing", 1, 2).remote_parent(1).times(30, 40),
    ]);
    assert_eq!(hops.iter().map(route).collect::<Vec<_>>(), ["orders:eu a→b"]);
}

/// What is sent on after a handler belongs to its message, and links to the span that is active there.
fn sent_on_inside(looping: (u128, u64), trace: u128) -> [Draft; 2] {
    [
        messaging("b", "send", "orders.dead", trace, 3).parent(2).link(looping.0, looping.1).times(50, 60),
        messaging("c", "process", "orders.dead", trace, 4).remote_parent(3).link(trace, 3).times(70, 80),
    ]
}

#[test]
fn a_loop_around_handlers_hands_nothing_over() {
    let looping = span("b", "consume", 9, 1).times(15, 100);
    let order = |trace| {
        let send = messaging("a", "send", "orders", trace, 1).times(0, 10);
        let process = messaging("b", "process", "orders", trace, 2)
            .remote_parent(1)
            .link(trace, 1)
            .link(9, 1)
            .times(20, 40);
        [send, process].into_iter().chain(sent_on_inside((9, 1), trace))
    };
    let journeys = crate::scenarios::journeys(order(1).chain(order(2)).chain([looping]));
    let routes: Vec<Vec<String>> = journeys.iter().map(|it| it.hops().iter().map(route).collect()).collect();
    let expected = ["orders a→b", "orders.dead b→c"];
    assert_eq!(routes, [expected.as_slice(), &expected, &[]]);
    insta::assert_snapshot!(journeys[0].waterfall(), @"
    send orders · 80.0 µs · ok
    trace 00000000000000000000000000000001 · 4 spans · 2 hops
      span                      service    start     took
    ◆ send orders               a           0 µs  10.0 µs  ▬▬▬▬▬▬
    ◆ ┆ in queue                kafka    10.0 µs  10.0 µs       ·······
    ◆ └ process orders          b        20.0 µs  20.0 µs             ████████████
    ◆   └ send orders.dead      b        50.0 µs  10.0 µs                              ▬▬▬▬▬▬
    ◆     ┆ in queue            kafka    60.0 µs  10.0 µs                                   ·······
    ◆     └ process orders.dead c        70.0 µs  10.0 µs                                         ██████
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn a_loop_that_is_the_parent_of_handlers_hands_nothing_over() {
    let looping = span("b", "consume", 9, 1).times(0, 200);
    let order = |trace: u128, id: u64| {
        [
            messaging("a", "send", "orders", trace, 1).times(0, 10),
            messaging("b", "process", "orders", 9, id).parent(1).link(trace, 1).times(20 + id, 40 + id),
            messaging("b", "send", "orders.dead", 9, id + 1).parent(id).times(50 + id, 60 + id),
            messaging("c", "process", "orders.dead", 9, id + 2)
                .remote_parent(id + 1)
                .link(9, id + 1)
                .times(99, 100),
        ]
    };
    // A message without a context: the loop is its parent, and there is nothing to link to.
    let bare = messaging("b", "process", "orders", 9, 90).parent(1).times(5, 6);
    let outbox =
        messaging("b", "send", "audit", 9, 91).parent(1).link(9, 1).kind(SpanKind::Client).times(1, 2);
    let hops = hops(order(1, 10).into_iter().chain(order(2, 20)).chain([looping, bare, outbox]));
    let routes: Vec<String> = hops.iter().map(route).collect();
    assert_eq!(routes, ["orders a→b", "orders a→b", "orders.dead b→c", "orders.dead b→c"]);
}
