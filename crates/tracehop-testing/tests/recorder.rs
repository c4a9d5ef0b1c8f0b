//! The recorder: what it holds, and how a test waits for it.

use std::panic::{self, AssertUnwindSafe};
use std::thread;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{Span, SpanBuilder, TraceContextExt, Tracer};
use opentelemetry_sdk::trace::Sampler;
use tracehop_testing::SpanRecorder;

const SOON: Duration = Duration::from_secs(10);
const AT_ONCE: Duration = Duration::ZERO;

fn names(spans: &SpanRecorder) -> Vec<String> {
    spans.finished().into_iter().map(|span| span.name.into_owned()).collect()
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic.downcast_ref::<String>().map_or("", String::as_str)
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
    let panic = panic::catch_unwind(AssertUnwindSafe(|| spans.wait_for_blocking(2, AT_ONCE))).unwrap_err();
    let message = message_of(&*panic);
    assert!(message.starts_with(file!()), "{message}");
    assert!(message.ends_with("for 2 spans; 1 have ended, 1 have not:\nended  INTERNAL\n"), "{message}");
}

#[tokio::test]
async fn awaiting_in_vain_shows_what_did_come() {
    let spans = SpanRecorder::new();
    spans.tracer().start("ended").end();
    let panic = tokio::spawn(spans.wait_for(2, AT_ONCE)).await.unwrap_err().into_panic();
    let message = message_of(&*panic);
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
    let panic = panic::catch_unwind(AssertUnwindSafe(|| spans.assert_tree(wrong))).unwrap_err();
    let expected = "the trace tree is not as expected
spans that have not ended: 1
expected:
    order INTERNAL
  ! └ ship INTERNAL
got:
    order INTERNAL
  ! └ pay INTERNAL
";
    assert_eq!(message_of(&*panic), expected);
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
