//! Operations as adapters hold them: what is said of them, and how they end.

use std::cell::Cell;
use std::future::{pending, ready};
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use opentelemetry::trace::{Link, SpanContext, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use tracehop::{
    AttributeValue, CreationContext, Destination, EndedOperation, Failure, MemoryHeaders, MessageInfo,
    MessageSpan, Observer, StartedOperation, UnansweredSpan,
};
use tracehop_testing::SpanRecorder;

use crate::mail::{MailError, Post, TRACEPARENT, recorded, span};

fn send(post: &Post) -> MessageSpan {
    post.client.send(&MessageInfo::to(Destination::named("orders")), &mut MemoryHeaders::new())
}

fn remote() -> SpanContext {
    TRACEPARENT.parse::<CreationContext>().unwrap().span_context()
}

#[test]
fn an_operation_that_nobody_watches_takes_everything_and_does_nothing() {
    let mut span = MessageSpan::noop();
    assert!(!span.is_recording() && !span.span_context().is_valid());
    span.set_attribute("mail.weight", AttributeValue::Int(1));
    span.set_partition(1);
    span.add_event("weighed", Vec::new());
    span.add_link(Link::with_context(remote()));
    assert!(!span.is_recording());
    span.end();
    drop(MessageSpan::noop());
    MessageSpan::noop().fail(Failure::new("late", &"too late"));
    assert_eq!(MessageSpan::noop().finish_with(|| Err::<(), _>("late")), Err("late"));
    assert_eq!(MessageSpan::noop().finish_after(ready(Ok::<_, String>(1))).now_or_never(), Some(Ok(1)));
}

#[test]
fn what_is_said_of_an_operation_is_in_its_span() {
    let (spans, post) = recorded();
    let mut send = send(&post);
    assert!(send.is_recording() && send.span_context().is_valid());
    send.set_attribute("mail.stamp", AttributeValue::Name("blue"));
    send.set_attribute("mail.note", AttributeValue::Str("fragile"));
    send.set_attribute("mail.express", AttributeValue::Bool(true));
    send.set_partition(7);
    send.add_event("weighed", vec![KeyValue::new("grams", 20)]);
    send.add_link(Link::new(remote(), vec![KeyValue::new("reply", true)], 0));
    let own = send.span_context();
    send.end();
    spans
        .tree()
        .attributes(["mail.stamp", "mail.note", "mail.express", "messaging.destination.partition.id"])
        .events(true)
        .assert(
            "send orders  PRODUCER  links: (remote)  mail.stamp=blue  mail.note=fragile  mail.express=true  \
             messaging.destination.partition.id=7  events: weighed",
        );
    let span = span(&spans, "send orders");
    assert_eq!(span.span_context, own);
    assert_eq!(span.events[0].attributes, [KeyValue::new("grams", 20)]);
    assert_eq!(span.links[0].attributes, [KeyValue::new("reply", true)]);
    assert!(span.events[0].timestamp >= span.start_time && span.events[0].timestamp <= span.end_time);
}

#[test]
fn an_operation_whose_span_is_not_sampled_has_a_context_and_records_nothing() {
    let post = Post::new(&SpanRecorder::unsampled().messaging_tracer());
    let mut send = send(&post);
    assert!(!send.is_recording());
    assert!(send.span_context().is_valid() && !send.span_context().is_sampled());
    send.set_attribute("mail.weight", AttributeValue::Int(1));
    send.set_partition(1);
    send.add_event("weighed", Vec::new());
    send.add_link(Link::with_context(remote()));
    send.finish(&Err::<(), _>(MailError("BOX_FULL")));
}

#[test]
fn the_clients_call_ends_the_operation_as_its_result_says() {
    for (result, tree) in [
        (Ok(42), "send orders  PRODUCER"),
        (Err(MailError("BOX_FULL")), "send orders  PRODUCER  error=BOX_FULL"),
    ] {
        let (spans, post) = recorded();
        let send = send(&post);
        let returned = send.finish_with(|| {
            assert_eq!(spans.unfinished(), 1, "it goes on during the call");
            assert!(!Context::current().has_active_span(), "the client runs as it would without tracing");
            match &result {
                Ok(number) => Ok(*number),
                Err(MailError(code)) => Err(MailError(code)),
            }
        });
        assert_eq!(returned, result);
        spans.assert_tree(tree);
    }
}

#[test]
fn the_clients_future_ends_the_operation_as_its_output_says() {
    let (spans, post) = recorded();
    let output = send(&post).finish_after(async {
        assert_eq!(spans.unfinished(), 1, "it goes on until the future is done");
        assert!(!Context::current().has_active_span(), "the client runs as it would without tracing");
        Err::<(), _>(MailError("BOX_FULL"))
    });
    assert_eq!(output.now_or_never(), Some(Err(MailError("BOX_FULL"))));
    assert_eq!(send(&post).finish_after(ready(Ok::<_, String>(42))).now_or_never(), Some(Ok(42)));
    spans.assert_tree("send orders  PRODUCER  error=BOX_FULL\nsend orders  PRODUCER");
}

#[test]
fn an_operation_ends_when_its_answer_came_although_it_was_looked_at_later() {
    let answered = SystemTime::now() + Duration::from_secs(60);
    for (failure, tree) in [
        (None, "send orders  PRODUCER"),
        (Some(Failure::new("BOX_FULL", &"the box is full")), "send orders  PRODUCER  error=BOX_FULL"),
    ] {
        let (spans, post) = recorded();
        send(&post).end_at(answered, failure);
        assert_eq!(span(&spans, "send orders").end_time, answered);
        spans.assert_tree(tree);
    }
}

#[test]
fn an_operation_is_watched_by_its_span_and_by_observers() {
    let unsampled = SpanRecorder::unsampled();
    let observed = unsampled.messaging_tracer_builder().observer(Indifferent).build();
    for (watched, span) in [
        (true, send(&recorded().1)),
        (false, send(&Post::new(&unsampled.messaging_tracer()))),
        (true, send(&Post::new(&observed))),
        (false, MessageSpan::noop()),
    ] {
        assert_eq!(span.is_watched(), watched, "{span:?}");
    }
}

struct Indifferent;

impl Observer for Indifferent {
    type State = ();

    fn start(&self, _: &StartedOperation<'_>) {}

    fn end(&self, _: &EndedOperation<'_>, (): ()) {}
}

#[test]
fn an_operation_whose_future_is_dropped_is_abandoned() {
    let (spans, post) = recorded();
    assert!(send(&post).finish_after(pending::<Result<(), MailError>>()).now_or_never().is_none());
    spans.assert_tree("send orders  PRODUCER  error=abandoned");
    let description = "the operation's span was dropped before it was finished";
    assert_eq!(span(&spans, "send orders").status, Status::error(description));
}

#[test]
fn an_operation_that_a_panic_drops_says_so() {
    let (spans, post) = recorded();
    let call = || send(&post).finish_with(|| -> Result<(), MailError> { panic!("the client's own message") });
    panic::catch_unwind(AssertUnwindSafe(call)).unwrap_err();
    spans.assert_tree("send orders  PRODUCER  error=panic");
    assert_eq!(span(&spans, "send orders").status, Status::error("a panic ended the operation"));
}

#[test]
fn an_operation_that_ended_before_a_panic_does_not_end_again() {
    let (spans, post) = recorded();
    let call = || {
        send(&post).end();
        panic!("later");
    };
    panic::catch_unwind(AssertUnwindSafe(call)).unwrap_err();
    spans.assert_tree("send orders  PRODUCER");
}

#[test]
fn nobody_asks_what_failed_if_nobody_listens() {
    struct Asked<'a>(&'a Cell<bool>);
    impl std::fmt::Display for Asked<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.set(true);
            f.write_str("asked")
        }
    }
    let (spans, post) = recorded();
    let unsampled = Post::new(&SpanRecorder::unsampled().messaging_tracer());
    for (span, listens) in [(MessageSpan::noop(), false), (send(&unsampled), false), (send(&post), true)] {
        let asked = Cell::new(false);
        span.fail(Failure::new("late", &Asked(&asked)));
        assert_eq!(asked.get(), listens);
    }
    assert_eq!(span(&spans, "send orders").status, Status::error("asked"));
}

#[test]
fn another_of_the_systems_words_names_the_operation() {
    let (spans, post) = recorded();
    let mut headers = MemoryHeaders::new();
    let orders = MessageInfo::to(Destination::named("orders"));
    for name in ["request", "publish", "request"] {
        post.client.send_as(name, &orders, &mut headers).end();
        headers = MemoryHeaders::new();
    }
    spans.tree().attributes(["messaging.operation.name", "messaging.operation.type"]).assert(
        "
        request orders  PRODUCER  messaging.operation.name=request  messaging.operation.type=send
        publish orders  PRODUCER  messaging.operation.name=publish  messaging.operation.type=send
        request orders  PRODUCER  messaging.operation.name=request  messaging.operation.type=send
        ",
    );
}

#[test]
fn a_send_whose_answer_came_ends_as_the_answer_says() {
    let (spans, post) = recorded();
    let mut unanswered = UnansweredSpan::new(send(&post));
    let answered = unanswered.answered();
    assert!(answered.is_recording());
    assert_eq!(spans.unfinished(), 1);
    answered.finish(&Err::<(), _>(MailError("BOX_FULL")));
    drop(unanswered);
    spans.tree().events(true).assert("send orders  PRODUCER  error=BOX_FULL");
}

#[test]
fn a_send_whose_answer_nobody_awaits_ends_without_an_error_and_says_so() {
    let (spans, post) = recorded();
    drop(UnansweredSpan::new(send(&post)));
    spans.tree().events(true).assert("send orders  PRODUCER  events: tracehop.unconfirmed");
    assert_eq!(span(&spans, "send orders").status, Status::Unset);
}

#[test]
fn a_send_is_answered_once() {
    let (spans, post) = recorded();
    let mut unanswered = UnansweredSpan::new(send(&post));
    unanswered.answered().end();
    let again = unanswered.answered();
    assert!(!again.is_recording() && !again.span_context().is_valid());
    drop(again);
    drop(unanswered);
    spans.tree().events(true).assert("send orders  PRODUCER");
}
