//! The recorder: what it holds, and how a test waits for it.

#[path = "support/mod.rs"]
mod support;

use std::thread;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{Span, SpanBuilder, TraceContextExt, Tracer};
use opentelemetry_sdk::trace::Sampler;
use support::{check_lines, message_of, text_of};
use tracehop_testing::SpanRecorder;

const SOON: Duration = Duration::from_secs(10);
const AT_ONCE: Duration = Duration::ZERO;

fn names(spans: &SpanRecorder) -> Vec<String> {
    spans.finished().into_iter().map(|span| span.name.into_owned()).collect()
}

#[test]
fn finished_spans_are_in_the_order_they_started() {
    let spans = SpanRecorder::new();
    let tracer = spans.tracer();
    let (mut first, mut second) = (tracer.start("first"), tracer.start("second"));
    second.end();
    assert_eq!((names(&spans), spans.unfinished()), (vec!["second".to_owned()], 1));
    first.end();
    assert_eq!((names(&spans), spans.unfinished()), (vec!["first".to_owned(), "second".to_owned()], 0));
}

#[test]
fn a_span_with_an_earlier_start_of_its_own_comes_first() {
    let spans = SpanRecorder::new();
    let tracer = spans.tracer();
    tracer.start("now").end();
    let before = SystemTime::now() - Duration::from_secs(60);
    tracer
        .build_with_context(SpanBuilder::from_name("before").with_start_time(before), &Context::new())
        .end();
    assert_eq!(names(&spans), ["before", "now"]);
}

#[test]
fn recorders_do_not_see_each_others_spans() {
    let (spans, others) = (SpanRecorder::new(), SpanRecorder::new());
    others.tracer().start("elsewhere").end();
    spans.tracer().start("here").end();
    assert_eq!((names(&spans), names(&others)), (vec!["here".to_owned()], vec!["elsewhere".to_owned()]));
}

#[test]
fn clones_share_their_spans_and_clear_forgets_them() {
    let spans = SpanRecorder::new();
    let _running = spans.tracer().start("running");
    spans.clone().tracer().start("ended").end();
    assert_eq!(names(&spans), ["ended"]);
    spans.clear();
    assert_eq!((names(&spans), spans.unfinished()), (Vec::new(), 1));
}

#[test]
fn unsampled_spans_are_made_but_not_recorded() {
    for spans in [SpanRecorder::unsampled(), SpanRecorder::with_sampler(Sampler::TraceIdRatioBased(0.0))] {
        let mut span = spans.tracer().start("unseen");
        assert!(span.span_context().is_valid());
        assert_eq!(spans.unfinished(), 0);
        span.end();
        assert_eq!(names(&spans), [""; 0]);
    }
}

#[tokio::test]
async fn waiting_ends_when_enough_spans_have_ended_in_another_thread() {
    let spans = SpanRecorder::new();
    let tracer = spans.tracer();
    let ended = thread::spawn(move || {
        for name in ["a", "b", "c"] {
            tracer.start(name).end();
        }
    });
    let finished = spans.wait_for(3, SOON).await;
    assert_eq!(finished.len(), 3);
    ended.join().unwrap();
}

#[test]
fn a_blocked_thread_wakes_when_enough_spans_have_ended() {
    let spans = SpanRecorder::new();
    let waiting = thread::spawn({
        let spans = spans.clone();
        move || spans.wait_for_blocking(2, SOON).len()
    });
    spans.tracer().start("a").end();
    spans.tracer().start("b").end();
    assert_eq!(waiting.join().unwrap(), 2);
}

#[test]
fn spans_that_have_ended_before_need_no_waiting() {
    let spans = SpanRecorder::new();
    spans.tracer().start("a").end();
    assert_eq!(spans.wait_for_blocking(1, AT_ONCE).len(), 1);
    assert_eq!(spans.wait_for_blocking(0, AT_ONCE).len(), 1);
}

#[test]
fn waiting_in_vain_shows_what_did_come() {
    let spans = SpanRecorder::new();
    let _running = spans.tracer().start("running");
    spans.tracer().start("ended").end();
    let message = message_of(|| drop(spans.wait_for_blocking(2, AT_ONCE)));
    assert!(message.starts_with(file!()), "{message}");
    assert!(message.ends_with("for 2 spans; 1 have ended, 1 have not:\nended  INTERNAL\nspans that have not ended: 1 (running)\n"), "{message}");
}

#[tokio::test]
async fn awaiting_in_vain_shows_what_did_come() {
    let spans = SpanRecorder::new();
    spans.tracer().start("ended").end();
    let panic = tokio::spawn(spans.wait_for(2, AT_ONCE)).await.unwrap_err().into_panic();
    let message = text_of(&*panic);
    assert!(message.starts_with(file!()), "{message}");
    assert!(message.ends_with("for 2 spans; 1 have ended, 0 have not:\nended  INTERNAL\n"), "{message}");
}

#[test]
fn a_wrong_tree_is_shown_beside_the_right_one() {
    let spans = SpanRecorder::new();
    let tracer = spans.tracer();
    tracer.in_span("order", |cx| tracer.start_with_context("pay", &cx).end());
    let _running = tracer.start("running");
    spans.assert_tree(
        "
        order   INTERNAL
        └ pay   INTERNAL
        ",
    );
    let wrong = "
        order   INTERNAL
        └ ship  INTERNAL
    ";
    let expected = [
        "the trace tree is not as expected",
        "spans that have not ended: 1 (running)",
        "- expected, + recorded:",
        "    order INTERNAL",
        "  - └ ship INTERNAL",
        "  + └ pay INTERNAL",
        "expected, but not recorded:",
        "    ship INTERNAL",
        "recorded, but not asked for:",
        "    pay INTERNAL",
    ];
    check_lines(&message_of(|| spans.assert_tree(wrong)), &expected);
}

#[test]
fn a_span_that_has_not_ended_is_named() {
    let spans = SpanRecorder::new();
    let tracer = spans.tracer();
    tracer.start("ended").end();
    spans.assert_no_unfinished();
    let (_one, _other) = (tracer.start("one"), tracer.start("oth\ner"));
    let expected =
        ["spans that have not ended: 2", "    one", "    oth\\ner", "what was recorded:", "ended  INTERNAL"];
    check_lines(&message_of(|| spans.assert_no_unfinished()), &expected);
}

#[tokio::test]
async fn waiting_for_a_condition_ends_when_it_is_so() {
    let spans = SpanRecorder::new();
    let tracer = spans.tracer();
    let ended = thread::spawn(move || {
        for name in ["a", "b", "c"] {
            tracer.start(name).end();
        }
    });
    // The condition may use the recorder.
    spans.wait_until(|spans| spans.tree().to_string().contains("c  INTERNAL"), SOON).await;
    assert_eq!(names(&spans).last().map(String::as_str), Some("c"));
    ended.join().unwrap();
}

#[test]
fn a_blocked_thread_wakes_when_a_condition_is_so() {
    let spans = SpanRecorder::new();
    let waiting = thread::spawn({
        let spans = spans.clone();
        move || spans.wait_until_blocking(|spans| names(spans).contains(&"b".to_owned()), SOON)
    });
    spans.tracer().start("a").end();
    spans.tracer().start("b").end();
    waiting.join().unwrap();
}

#[test]
fn a_deadline_that_no_clock_can_show_is_none() {
    let spans = SpanRecorder::new();
    spans.tracer().start("a").end();
    assert_eq!(spans.wait_for_blocking(1, Duration::MAX).len(), 1);
}

#[tokio::test]
async fn waiting_for_a_condition_in_vain_shows_what_did_come() {
    let spans = SpanRecorder::new();
    spans.tracer().start("ended").end();
    let blocking = message_of(|| spans.wait_until_blocking(|_| false, AT_ONCE));
    let panic = tokio::spawn(spans.wait_until(|_| false, AT_ONCE)).await.unwrap_err().into_panic();
    for message in [blocking, text_of(&*panic)] {
        assert!(message.starts_with(file!()), "{message}");
        assert!(
            message.ends_with("for a condition; 1 have ended, 0 have not:\nended  INTERNAL\n"),
            "{message}"
        );
    }
}

#[test]
fn services_in_one_process_share_a_recorder_and_its_sampler() {
    let spans = SpanRecorder::new();
    let (checkout, payments) = (spans.service("checkout"), spans.service("payments"));
    checkout.tracer().in_span("place", |cx| payments.tracer().start_with_context("pay", &cx).end());
    for recorder in [&spans, &checkout] {
        recorder.assert_tree(
            "
            checkout: place    INTERNAL
            └ payments: pay    INTERNAL
            ",
        );
    }
    let unsampled = SpanRecorder::unsampled();
    unsampled.service("checkout").tracer().start("unseen").end();
    assert_eq!(names(&unsampled), [""; 0]);
}

#[test]
fn the_messaging_tracer_is_the_recorders() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let cx = Context::current().with_span(spans.tracer().start("order"));
    let mut headers = tracehop::MemoryHeaders::new();
    tracer.inject_context(&cx, &mut headers).unwrap();
    cx.span().end();
    let finished = spans.finished();
    assert_eq!(tracer.extract(&headers).creation.span_id(), finished[0].span_context.span_id());
}
