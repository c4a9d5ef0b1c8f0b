//! What a journey looks like.

use opentelemetry::trace::SpanKind;
use tracehop_journey::Color;

use crate::scenarios::{journey, messaging, one_hop, span, three_hops};

#[test]
fn one_hop_shows_send_queue_and_processing() {
    insta::assert_snapshot!(journey(one_hop(1)).waterfall(), @"
    place order · 22.0 ms · ok
    trace 00000000000000000000000000000001 · 3 spans · 1 hop
      span               service     start     took
    ◆ place order        checkout     0 µs  2.00 ms  ─────
    ◆ └ send orders      checkout   500 µs  1.20 ms   ▬▬▬
    ◆   ┆ in queue       kafka     1.70 ms  12.3 ms     ······························
    ◆   └ process orders billing   14.0 ms  8.00 ms                                  ███████████████████
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn three_hops_in_one_trace() {
    insta::assert_snapshot!(journey(three_hops(1)).waterfall(), @"
    place order · 60.0 ms · ok
    trace 00000000000000000000000000000001 · 9 spans · 3 hops
      span                         service      start     took
    ◆ place order                  checkout      0 µs  2.00 ms  ──
    ◆ └ send orders                checkout    500 µs  1.20 ms  ▬▬
    ◆   ┆ in queue                 kafka      1.70 ms  12.3 ms   ·········
    ◆   └ process orders           billing    14.0 ms  8.00 ms           ██████
    ◆     ├ send payments          billing    20.0 ms  1.50 ms               ▬▬
    ◆     │ ┆ in queue             kafka      21.5 ms  8.50 ms                ······
    ◆     │ └ process payments     warehouse  30.0 ms  17.0 ms                      ████████████
          │   ├ SELECT stock       warehouse  31.0 ms  5.00 ms                      ────
    ◆     │   └ send shipping      warehouse  45.0 ms  1.00 ms                                ▬
    ◆     │     ┆ in queue         kafka      46.0 ms   870 µs                                ··
    ◆     │     └ process shipping courier    46.9 ms  13.1 ms                                 █████████
          └ settle orders          billing    21.5 ms   400 µs                ─
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn two_traces_joined_by_a_link_only() {
    let journey = journey([
        span("checkout", "place order", 1, 1).times(0, 2_000),
        messaging("checkout", "send", "orders", 1, 2).parent(1).times(500, 1_700),
        messaging("billing", "process", "orders", 2, 1).link(1, 2).times(4_000, 9_000),
        span("billing", "INSERT", 2, 2).parent(1).times(5_000, 6_000),
    ]);
    insta::assert_snapshot!(journey.waterfall(), @"
    place order · 9.00 ms · ok
    trace 00000000000000000000000000000001 and 1 linked · 4 spans · 1 hop
      span               service     start     took
    ◆ place order        checkout     0 µs  2.00 ms  ────────────
    ◆ └ send orders      checkout   500 µs  1.20 ms    ▬▬▬▬▬▬▬▬
    ◆   ┆ in queue       kafka     1.70 ms  2.30 ms           ··············
    ◆   └ process orders billing   4.00 ms  5.00 ms                        █████████████████████████████
          └ INSERT       billing   5.00 ms  1.00 ms                              ──────
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn a_failed_handler_and_its_retry() {
    let journey = journey([
        messaging("checkout", "send", "orders", 1, 1).times(0, 1_000),
        messaging("billing", "process", "orders", 1, 2)
            .parent(1)
            .times(2_000, 4_000)
            .failed("payment_declined"),
        span("billing", "POST /charge", 1, 3).parent(2).times(2_500, 3_900).failed("402"),
        messaging("billing", "process", "orders", 1, 4).parent(1).times(9_000, 10_000),
    ]);
    insta::assert_snapshot!(journey.waterfall(), @"
    send orders · 10.0 ms · ✗ 2 errors
    trace 00000000000000000000000000000001 · 4 spans · 2 hops
      span                   service     start     took
    ◆ send orders            checkout     0 µs  1.00 ms  ▬▬▬▬▬
      ┆ in queue             kafka     1.00 ms  1.00 ms      ······
      ├ process orders       billing   2.00 ms  2.00 ms           ██████████
      │ │ ✗ payment_declined
      │ └ POST /charge       billing   2.50 ms  1.40 ms             ────────
      │     ✗ 402
    ◆ ┆ in queue (attempt 2) kafka     1.00 ms  8.00 ms      ·······································
    ◆ └ process orders       billing   9.00 ms  1.00 ms                                            █████
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn a_failure_that_was_taken_care_of_is_shown_and_is_none() {
    let journey = journey([
        messaging("checkout", "send", "orders", 1, 1).times(0, 1_000),
        messaging("billing", "process", "orders", 1, 2)
            .remote_parent(1)
            .link(1, 1)
            .times(2_000, 4_000)
            .handled("payment_declined"),
        messaging("billing", "send", "orders.dead", 1, 3).parent(2).times(3_000, 3_500),
    ]);
    assert!(!journey.failed());
    assert_eq!(journey.hops()[0].error, None);
    let handled: Vec<_> = journey.spans().filter_map(tracehop_journey::JourneySpan::handled_error).collect();
    assert_eq!(handled, ["payment_declined"]);
    insta::assert_snapshot!(journey.waterfall(), @"
    send orders · 4.00 ms · ok
    trace 00000000000000000000000000000001 · 3 spans · 1 hop
      span                 service     start     took
    ◆ send orders          checkout     0 µs  1.00 ms  ▬▬▬▬▬▬▬▬▬▬▬▬▬
    ◆ ┆ in queue           kafka     1.00 ms  1.00 ms              ·············
    ◆ └ process orders     billing   2.00 ms  2.00 ms                          █████████████████████████
        │ ✓ payment_declined, taken care of
        └ send orders.dead billing   3.00 ms   500 µs                                      ▬▬▬▬▬▬▬
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn a_remote_parent_that_was_not_recorded() {
    let journey = journey([
        messaging("billing", "process", "orders", 1, 2).remote_parent(1).link(1, 1).times(0, 4_000),
        messaging("audit", "process", "orders", 1, 3).remote_parent(1).link(1, 1).times(1_000, 2_000),
        span("billing", "late child", 1, 5).parent(4).times(2_000, 3_000),
        messaging("fraud", "process", "orders", 2, 1).link(1, 1).times(3_500, 5_000),
    ]);
    insta::assert_snapshot!(journey.waterfall(), @"
    process orders · 5.00 ms · ok
    trace 00000000000000000000000000000001 and 1 linked · 4 spans · 0 hops
      span             service    start     took
      (remote)
      ├ process orders billing     0 µs  4.00 ms  ████████████████████████████████████████████
      ├ process orders audit    1.00 ms  1.00 ms            ████████████
    ◆ └ process orders fraud    3.50 ms  1.50 ms                                       █████████████████
      (not recorded)
      └ late child     billing  2.00 ms  1.00 ms                       ────────────
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn a_batch_of_two_messages_handled_one_by_one_and_together() {
    let journey = journey([
        messaging("shop", "send", "orders", 1, 1)
            .kind(SpanKind::Client)
            .link(1, 2)
            .link(1, 3)
            .times(0, 1_000),
        messaging("shop", "create", "orders", 1, 2).parent(1).times(0, 100),
        messaging("shop", "create", "orders", 1, 3).parent(1).times(100, 200),
        messaging("billing", "process", "orders", 1, 4).remote_parent(2).link(1, 2).times(2_000, 3_000),
        messaging("billing", "process", "orders", 1, 5).remote_parent(3).link(1, 3).times(3_000, 4_000),
        messaging("stats", "process", "orders", 2, 1).link(1, 2).link(1, 3).times(2_500, 5_000),
    ]);
    insta::assert_snapshot!(journey.waterfall(), @"
    send orders · 5.00 ms · ok
    trace 00000000000000000000000000000001 and 1 linked · 6 spans · 4 hops
      span                      service    start     took
    ◆ send orders               shop        0 µs  1.00 ms  ▬▬▬▬▬▬▬▬▬
      ├ create orders           shop        0 µs   100 µs  ▬
      │ ┆ in queue              kafka    1.00 ms  1.00 ms           ·········
      │ └ process orders        billing  2.00 ms  1.00 ms                    █████████
    ◆ └ create orders           shop      100 µs   100 µs  ▬▬
    ◆   ┆ in queue (2 messages) kafka    1.00 ms  1.50 ms           ··············
    ◆   ├ process orders        stats    2.50 ms  2.50 ms                        ███████████████████████
        ┆ in queue              kafka    1.00 ms  2.00 ms           ··················
        └ process orders        billing  3.00 ms  1.00 ms                             █████████
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn deep_trees_keep_room_for_names() {
    let journey = journey((1..=14).map(|id| {
        let span = span("deep", &format!("level {id}"), 1, id).times(id, 100);
        if id > 1 { span.parent(id - 1) } else { span }
    }));
    insta::assert_snapshot!(journey.waterfall(), @"
    level 1 · 99.0 µs · ok
    trace 00000000000000000000000000000001 · 14 spans · 0 hops
      span                         service    start     took
    ◆ level 1                      deep        0 µs  99.0 µs  ──────────────────────────────────────────
    ◆ └ level 2                    deep     1.00 µs  98.0 µs  ──────────────────────────────────────────
    ◆   └ level 3                  deep     2.00 µs  97.0 µs  ──────────────────────────────────────────
    ◆     └ level 4                deep     3.00 µs  96.0 µs   ─────────────────────────────────────────
    ◆       └ level 5              deep     4.00 µs  95.0 µs   ─────────────────────────────────────────
    ◆         └ level 6            deep     5.00 µs  94.0 µs    ────────────────────────────────────────
    ◆           └ level 7          deep     6.00 µs  93.0 µs    ────────────────────────────────────────
    ◆             └ level 8        deep     7.00 µs  92.0 µs    ────────────────────────────────────────
    ◆               └ level 9      deep     8.00 µs  91.0 µs     ───────────────────────────────────────
    ◆                 └ level 10   deep     9.00 µs  90.0 µs     ───────────────────────────────────────
    ◆ …                 └ level 11 deep     10.0 µs  89.0 µs      ──────────────────────────────────────
    ◆ …                 └ level 12 deep     11.0 µs  88.0 µs      ──────────────────────────────────────
    ◆ …                 └ level 13 deep     12.0 µs  87.0 µs       ─────────────────────────────────────
    ◆ …                 └ level 14 deep     13.0 µs  86.0 µs       ─────────────────────────────────────
    ◆ critical path   ▬ send   · in queue   █ process   ─ other   ✗ error
    ");
}

#[test]
fn spans_beyond_the_last_line_are_counted() {
    let journey = journey((1..=1_000).map(|id| span("a", "step", 1, id).times(id, id + 1)));
    let text = journey.waterfall().to_string();
    assert_eq!(text.lines().filter(|line| line.starts_with("  step")).count(), 200);
    assert!(text.contains("\n… 800 more spans\n"), "{text}");
    assert!(journey.waterfall().max_lines(5).to_string().contains("\n… 995 more spans\n"));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let mut spans = three_hops(1);
    spans.push(
        messaging("courier", "settle", "shipping", 1, 10).parent(9).times(59_000, 59_900).failed("Fenced"),
    );
    let journey = journey(spans);
    let (plain, coloured) = (journey.waterfall().to_string(), journey.waterfall().color(true).to_string());
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains("\u{1b}[31m") && coloured.contains("\u{1b}[33m·"));
    let stripped: String = coloured.split('\u{1b}').enumerate().map(without_code).collect();
    assert_eq!(stripped, plain);
    assert_eq!(journey.waterfall().color(Color::Never).to_string(), plain);
}

/// The text after an escape character, without the code that it starts.
fn without_code((place, text): (usize, &str)) -> &str {
    if place == 0 { text } else { text.split_once('m').map_or("", |(_, text)| text) }
}
