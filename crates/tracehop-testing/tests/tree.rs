//! Trees: what is printed, and that nothing makes them panic.

#[path = "support/mod.rs"]
mod support;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;
use support::{NO_PARENT, context, linking, of_kind, remote, span};
use tracehop_testing::{RecordedSpan, TraceTree};

/// The exact text, widths and all.
#[track_caller]
fn check(tree: &TraceTree, expected: &[&str]) {
    let text = tree.to_string();
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn children_stand_under_their_parents_and_columns_are_aligned() {
    let spans = [
        of_kind(SpanKind::Producer, span(1, "send orders", NO_PARENT)),
        linking(&[context(1, 1)], of_kind(SpanKind::Consumer, span(2, "process orders", 1))),
        of_kind(SpanKind::Producer, span(3, "send shipments", 2)),
    ];
    let expected = [
        "send orders         PRODUCER  #1",
        "└ process orders    CONSUMER  links: #1",
        "  └ send shipments  PRODUCER",
    ];
    check(&TraceTree::new(spans), &expected);
}

#[test]
fn branches_go_on_beside_the_children_of_earlier_siblings() {
    let spans = [
        span(6, "f", 1),
        span(5, "e", 4),
        span(4, "d", 1),
        span(3, "c", 2),
        span(2, "b", 1),
        span(1, "a", NO_PARENT),
        span(7, "g", 6),
        span(8, "h", 6),
    ];
    let expected = [
        "a      INTERNAL",
        "├ b    INTERNAL",
        "│ └ c  INTERNAL",
        "├ d    INTERNAL",
        "│ └ e  INTERNAL",
        "└ f    INTERNAL",
        "  ├ g  INTERNAL",
        "  └ h  INTERNAL",
    ];
    check(&TraceTree::new(spans), &expected);
}

#[test]
fn roots_are_lines_at_the_margin_in_the_order_they_started() {
    let other_trace = SpanData { span_context: context(2, 1), ..span(9, "late", NO_PARENT) };
    let spans = [other_trace, span(3, "early", NO_PARENT)];
    check(&TraceTree::new(spans), &["early  INTERNAL", "late   INTERNAL"]);
}

#[test]
fn ids_count_only_within_their_trace() {
    let other_trace = SpanData { span_context: context(2, 5), ..span(5, "b", 1) };
    check(
        &TraceTree::new([span(1, "a", NO_PARENT), other_trace]),
        &["a    INTERNAL", "(not recorded)", "└ b  INTERNAL"],
    );
}

#[test]
fn linked_spans_are_numbered_in_the_order_they_are_printed() {
    let spans = [
        span(1, "a", NO_PARENT),
        span(2, "b", NO_PARENT),
        linking(&[context(1, 2), context(1, 1), context(1, 4)], span(3, "c", NO_PARENT)),
        span(4, "d", 1),
    ];
    let expected =
        ["a    INTERNAL  #1", "└ d  INTERNAL  #2", "b    INTERNAL  #3", "c    INTERNAL  links: #3, #1, #2"];
    check(&TraceTree::new(spans), &expected);
}

#[test]
fn links_to_what_is_not_there_are_remote() {
    let spans = [linking(&[context(8, 8), context(1, 1)], span(1, "a", NO_PARENT))];
    check(&TraceTree::new(spans), &["a  INTERNAL  #1  links: (remote), #1"]);
}

#[test]
fn children_of_a_remote_parent_stand_together_and_of_two_apart() {
    let spans =
        [remote(span(2, "b", 100)), remote(span(3, "c", 200)), remote(span(4, "d", 100)), span(5, "e", 3)];
    let expected =
        ["(remote)", "├ b    INTERNAL", "└ d    INTERNAL", "(remote)", "└ c    INTERNAL", "  └ e  INTERNAL"];
    check(&TraceTree::new(spans), &expected);
}

#[test]
fn a_remote_parent_that_is_there_is_a_parent_like_any_other() {
    check(
        &TraceTree::new([span(1, "a", NO_PARENT), remote(span(2, "b", 1))]),
        &["a    INTERNAL", "└ b  INTERNAL"],
    );
}

#[test]
fn orphans_and_cycles_are_shown_not_lost() {
    let spans = [
        span(1, "a", 2),
        span(2, "b", 1),
        span(3, "own parent", 3),
        span(4, "orphan", 99),
        span(5, "below the cycle", 2),
        span(6, "root", NO_PARENT),
    ];
    let expected = [
        "(not recorded)",
        "└ orphan             INTERNAL",
        "root                 INTERNAL",
        "(cycle)",
        "└ a                  INTERNAL",
        "  └ b                INTERNAL",
        "    └ below the cycle  INTERNAL",
        "(cycle)",
        "└ own parent         INTERNAL",
    ];
    let text = TraceTree::new(spans).to_string();
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(text.lines().map(squeezed).collect::<Vec<_>>(), expected.map(squeezed));
}

#[test]
fn the_same_span_twice_is_printed_twice() {
    check(
        &TraceTree::new([span(1, "a", NO_PARENT), span(1, "a", NO_PARENT), span(2, "b", 1)]),
        &["a    INTERNAL", "└ b  INTERNAL", "a    INTERNAL"],
    );
}

#[test]
fn failed_spans_show_their_error_type() {
    let failed = |mut span: SpanData, attributes: &[KeyValue]| {
        span.status = Status::error("no money");
        span.attributes.extend_from_slice(attributes);
        span
    };
    let spans = [
        failed(
            span(1, "a", NO_PARENT),
            &[KeyValue::new("error.type", "old"), KeyValue::new("error.type", "timeout")],
        ),
        failed(span(2, "b", NO_PARENT), &[]),
        SpanData { attributes: vec![KeyValue::new("error.type", "x")], ..span(3, "c", NO_PARENT) },
        SpanData { status: Status::Ok, ..span(4, "d", NO_PARENT) },
    ];
    check(
        &TraceTree::new(spans),
        &["a  INTERNAL  error=timeout", "b  INTERNAL  error", "c  INTERNAL", "d  INTERNAL"],
    );
}

#[test]
fn attributes_and_events_are_shown_if_asked_for() {
    let mut with_all = of_kind(SpanKind::Client, linking(&[context(1, 1)], span(1, "a", NO_PARENT)));
    with_all.attributes =
        vec![KeyValue::new("b", 2), KeyValue::new("a", "one\ntwo"), KeyValue::new("c", true)];
    for name in ["refused", "retried"] {
        with_all.events.events.push(Event::with_name(name));
    }
    let tree = TraceTree::new([with_all]);
    check(&tree, &["a  CLIENT  #1  links: #1"]);
    let tree = tree.attributes(["a", "b", "missing"]).events(true);
    check(&tree, &["a  CLIENT  #1  links: #1  a=one\\ntwo  b=2  events: refused, retried"]);
    tree.assert("a CLIENT #1 links: #1 a=one\\ntwo b=2 events: refused, retried");
}

#[test]
fn a_name_cannot_forge_a_line() {
    check(&TraceTree::new([span(1, "a\n└ b\u{1b}", NO_PARENT)]), &["a\\n└ b\\u{1b}  INTERNAL"]);
}

#[test]
fn width_is_counted_in_characters() {
    check(
        &TraceTree::new([span(1, "überweisen", NO_PARENT), span(2, "b", NO_PARENT)]),
        &["überweisen  INTERNAL", "b           INTERNAL"],
    );
}

#[test]
fn no_spans_are_no_lines() {
    check(&TraceTree::new([]), &[]);
    TraceTree::new([]).assert("\n   \n");
}

#[test]
fn a_chain_longer_than_the_stack_is_deep_is_printed() {
    let spans = (1..=3000).map(|id| span(id, "x", id - 1));
    assert_eq!(TraceTree::new(spans).to_string().lines().count(), 3000);
}

#[test]
fn the_name_of_a_service_stands_before_the_span() {
    let mut recorded = RecordedSpan::from(span(1, "send orders", NO_PARENT));
    recorded.service = Some("check\nout".into());
    check(&TraceTree::of([recorded]), &["check\\nout: send orders  INTERNAL"]);
}

#[test]
fn a_hundred_thousand_spans_below_one_another_are_not_gigabytes() {
    let text = TraceTree::new((1..=100_000).map(|id| span(id, "x", id - 1))).to_string();
    let margin = "  ".repeat(127);
    assert_eq!(text.lines().nth(128), Some(&*format!("{margin}└ x  INTERNAL")));
    assert_eq!(text.lines().last(), Some(&*format!("{margin}  └ (99999) x  INTERNAL")));
    assert!(text.len() < 50_000_000, "{}", text.len());
}

#[test]
fn a_long_name_is_cut_and_widens_no_other_line() {
    let mut long = span(1, "", NO_PARENT);
    long.name = "n".repeat(1_000_000).into();
    let cut = format!("{}…  INTERNAL", "n".repeat(1000));
    let other = format!("{:100}  INTERNAL", "other");
    check(&TraceTree::new([long, span(2, "other", NO_PARENT)]), &[&cut, &other]);
}
