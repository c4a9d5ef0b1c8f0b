//! The rows of a waterfall.

use std::fmt::Write;

use tracehop_journey::{Journey, JourneyRow, RowKind, Value};

use crate::samples::{Draft, messaging, span, spans};

/// The rows as text, one a line.
fn text(journey: &Journey) -> String {
    let mut text = String::new();
    for (number, row) in journey.rows().iter().enumerate() {
        let mark = if row.critical { '◆' } else { ' ' };
        let below = row.below.map_or("-".to_owned(), |below| below.to_string());
        let label = format!("{}{}", "  ".repeat(row.depth), row.label);
        write!(text, "{number:2} {mark} {below:>2} {:8?} {label:28} {:10}", row.kind, row.service).unwrap();
        write!(text, " {:>7?} {:>7?}", row.start, row.took).unwrap();
        if row.attempts > 1 {
            write!(text, " try {} of {}", row.attempt, row.attempts).unwrap();
        }
        if row.batch > 0 {
            write!(text, " batch {}", row.batch).unwrap();
        }
        if !row.skew.is_zero() {
            write!(text, " skew {:?}", row.skew).unwrap();
        }
        for note in [&row.place, row.error.as_ref().unwrap_or(&String::new())] {
            if !note.is_empty() {
                write!(text, " {note}").unwrap();
            }
        }
        text.push('\n');
    }
    text
}

fn kinds(drafts: impl IntoIterator<Item = Draft>) -> Vec<RowKind> {
    spans(drafts).rows().iter().map(|row| row.kind).collect()
}

#[test]
fn a_chain_of_services_reads_from_top_to_bottom() {
    let journey = spans([
        span("checkout", "place order", 1).times(0, 3),
        messaging("checkout", "send", "orders", 2).parent(1).times(1, 2),
        messaging("billing", "receive", "orders", 10).link(2).times(13, 14),
        messaging("billing", "process", "orders", 3)
            .parent(2)
            .link(2)
            .times(14, 22)
            .with("messaging.destination.partition.id", Value::text("3"))
            .with("messaging.kafka.offset", Value::I64(42))
            .with("messaging.consumer.group.name", Value::text("billing")),
        messaging("billing", "send", "payments", 4).parent(3).times(20, 21),
        messaging("billing", "settle", "orders", 5).parent(3).times(22, 23),
        messaging("warehouse", "process", "payments", 6).link(4).times(30, 47).failed("Timeout"),
    ]);
    insta::assert_snapshot!(text(&journey), @"
    0 ◆  - Other place order                  checkout       0ns     3ms
    1 ◆  0 Send   send orders                checkout       1ms     1ms
    2    1 Receive     receive orders           billing       13ms     1ms
    3 ◆  1 Wait     orders                   kafka          2ms    12ms partition 3 · offset 42 · group billing
    4 ◆  1 Process     process orders           billing       14ms     8ms
    5 ◆  4 Send       send payments          billing       20ms     1ms
    6 ◆  5 Wait         payments             kafka         21ms     9ms
    7 ◆  5 Process         process payments     warehouse     30ms    17ms Timeout
    8    4 Settle       settle orders          billing       22ms     1ms
    ");
}

#[test]
fn each_try_is_counted_against_all_of_the_same_message() {
    let journey = spans([
        messaging("a", "send", "orders", 1).times(0, 1),
        messaging("b", "process", "orders", 2).parent(1).times(10, 11).failed("Timeout"),
        messaging("b", "process", "orders", 3).parent(1).times(20, 21).failed("Timeout"),
        messaging("c", "process", "orders", 4).parent(1).times(15, 16),
        messaging("b", "process", "orders", 5).parent(1).times(30, 31),
    ]);
    insta::assert_snapshot!(text(&journey), @"
    0 ◆  - Send send orders                  a              0ns     1ms
    1    0 Wait   orders                     kafka          1ms     9ms try 1 of 3
    2    0 Process   process orders             b             10ms     1ms try 1 of 3 Timeout
    3    0 Wait   orders                     kafka          1ms    14ms
    4    0 Process   process orders             c             15ms     1ms
    5    0 Wait   orders                     kafka          1ms    19ms try 2 of 3
    6    0 Process   process orders             b             20ms     1ms try 2 of 3 Timeout
    7 ◆  0 Wait   orders                     kafka          1ms    29ms try 3 of 3
    8 ◆  0 Process   process orders             b             30ms     1ms try 3 of 3
    ");
}

#[test]
fn each_message_of_a_batch_has_a_wait_of_its_own() {
    let journey = spans([
        messaging("a", "send", "orders", 1).times(0, 1),
        messaging("a", "send", "orders", 2).times(2, 3),
        messaging("a", "send", "orders", 3).times(4, 5),
        messaging("audit", "process", "orders", 4)
            .link(1)
            .link(2)
            .link(3)
            .times(10, 20)
            .with("messaging.batch.message_count", Value::I64(20)),
    ]);
    insta::assert_snapshot!(text(&journey), @"
    0    - Send send orders                  a              0ns     1ms
    1    - Send send orders                  a              2ms     1ms
    2 ◆  - Send send orders                  a              4ms     1ms
    3 ◆  2 Wait   orders                     kafka          5ms     5ms
    4    2 Wait   orders                     kafka          1ms     9ms
    5    2 Wait   orders                     kafka          3ms     7ms
    6 ◆  2 Process   process orders             audit         10ms    10ms batch 20
    ");
}

#[test]
fn a_batch_that_does_not_say_its_size_has_as_many_messages_as_links() {
    let rows = |drafts: Vec<Draft>| spans(drafts).rows().into_iter().map(|row| row.batch).collect::<Vec<_>>();
    assert_eq!(rows(vec![messaging("b", "process", "orders", 4).link(1).link(2).link(3)]), [3]);
    assert_eq!(rows(vec![messaging("b", "process", "orders", 4).link(1)]), [0]);
    assert_eq!(rows(vec![span("b", "SELECT", 4).link(1).link(2)]), [0], "it handles no messages");
    for (value, expected) in
        [(Value::I64(-1), 0), (Value::I64(1), 1), (Value::text("7"), 7), (Value::text("many"), 0)]
    {
        let draft =
            messaging("b", "process", "orders", 4).with("messaging.batch.message_count", value.clone());
        assert_eq!(rows(vec![draft]), [expected], "{value:?}");
    }
}

#[test]
fn clocks_that_disagree_are_told_and_never_negative() {
    let journey = spans([
        messaging("a", "send", "orders", 1).times(100, 110),
        messaging("b", "process", "orders", 2).parent(1).times(40, 60),
    ]);
    insta::assert_snapshot!(text(&journey), @"
    0 ◆  - Send send orders                  a             60ms    10ms
    1 ◆  0 Wait   orders                     kafka          0ns     0ns skew 40ms
    2 ◆  0 Process   process orders             b              0ns    20ms skew 40ms
    ");
}

#[test]
fn a_handler_without_its_send_has_no_wait_and_is_the_first_try() {
    let journey = spans([messaging("b", "process", "orders", 2).parent(1).times(0, 1)]);
    let rows = journey.rows();
    let [JourneyRow { kind: RowKind::Process, attempt: 1, attempts: 1, below: None, depth: 0, .. }] =
        rows.as_slice()
    else {
        unreachable!("one row: {rows:?}")
    };
}

#[test]
fn rows_say_what_spans_did() {
    use RowKind::{Other, Process, Receive, Send, Settle, Wait};
    assert_eq!(kinds([span("a", "SELECT", 1)]), [Other]);
    assert_eq!(kinds([messaging("a", "create", "t", 1)]), [Send]);
    assert_eq!(kinds([messaging("a", "receive", "t", 1)]), [Receive]);
    assert_eq!(kinds([messaging("a", "settle", "t", 1)]), [Settle]);
    assert_eq!(
        kinds([messaging("a", "send", "t", 1), messaging("b", "process", "t", 2).link(1)]),
        [Send, Wait, Process]
    );
}

#[test]
fn rows_show_the_spans_that_the_text_shows_in_the_same_order() {
    let journey = spans([
        span("a", "place order", 1).times(0, 9),
        span("a", "elsewhere", 2).parent(77).times(1, 2),
        messaging("a", "send", "orders", 3).parent(1).times(2, 3),
        messaging("b", "process", "orders", 4).link(3).times(5, 6),
        span("b", "UPDATE", 5).parent(4).times(5, 6),
        span("a", "after", 6).parent(1).times(7, 8),
    ]);
    let names: Vec<String> =
        journey.rows().into_iter().filter(|row| row.kind != RowKind::Wait).map(|row| row.label).collect();
    let waterfall = journey.waterfall().to_string();
    let mut rest = waterfall.as_str();
    for name in &names {
        rest =
            rest.split_once(name.as_str()).unwrap_or_else(|| panic!("{name} is not next in {waterfall}")).1;
    }
    assert_eq!(names.len(), journey.spans().len());
}
