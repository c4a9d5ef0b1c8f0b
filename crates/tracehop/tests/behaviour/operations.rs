//! Receiving and settling: which of them have spans, and where these hang.

use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracehop::{Correlation, CreationContext, Destination, MessageInfo};
use tracehop_testing::SpanRecorder;

use crate::mail::{Letter, MailError, Post, application_span, recorded, span};

fn info() -> MessageInfo<'static> {
    MessageInfo::to(Destination::named("orders"))
}

#[test]
fn getting_a_message_has_no_span_unless_asked_for() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    post.client.receive_span(&order, SystemTime::now());
    spans.assert_tree("send orders  PRODUCER");
}

#[test]
fn a_receive_span_lasts_from_the_start_of_the_receive_and_relates_like_processing() {
    let spans = SpanRecorder::new();
    for correlation in [Correlation::Continue, Correlation::Link] {
        spans.clear();
        let tracer = spans.messaging_tracer_builder().receive_spans(true).correlation(correlation).build();
        let post = Post::new(&tracer);
        let order = post.receive(post.send("orders"));
        post.client.receive_span(&order, SystemTime::now());
        spans.assert_tree(match correlation {
            Correlation::Link => "send orders  PRODUCER  #1\nfetch orders  CLIENT  links: #1",
            _ => "send orders  PRODUCER  #1\n└ fetch orders  CLIENT  links: #1",
        });
        let fetch = span(&spans, "fetch orders");
        assert!(fetch.end_time >= fetch.start_time);
    }
    let post = Post::new(&spans.messaging_tracer_builder().receive_spans(true).build());
    let started = SystemTime::now() - Duration::from_secs(60);
    spans.clear();
    post.client.receive_span(&post.receive(Letter::default()), started);
    let fetch = &spans.finished()[0];
    assert_eq!(fetch.start_time, started);
    assert!(fetch.end_time > started + Duration::from_secs(59));
}

#[test]
fn settling_inside_a_handler_is_a_child_of_it() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| {
        post.client.settle("ack", &info(), || panic!("it is not needed")).end();
    });
    spans.assert_tree(
        "
        send orders         PRODUCER  #1
        └ process orders    CONSUMER  links: #1
          └ ack orders      CLIENT
        ",
    );
}

#[test]
fn settling_outside_a_handler_is_a_child_of_the_send() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    post.client
        .settle("nack", &info(), || order.creation().clone())
        .finish(&Err::<(), _>(MailError("CLOSED")));
    spans.assert_tree(
        "
        send orders      PRODUCER
        └ nack orders    CLIENT    error=CLOSED
        ",
    );
}

#[test]
fn settling_a_message_without_a_context_makes_no_trace() {
    let (spans, post) = recorded();
    let settle = post.client.settle("ack", &info(), || CreationContext::NONE);
    assert!(!settle.is_recording() && !settle.span_context().is_valid());
    settle.end();
    assert_eq!((spans.finished().len(), spans.unfinished()), (0, 0));
}

#[test]
fn settling_under_a_span_of_the_application_is_a_child_of_it() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    let active = application_span(&spans, "poll").attach();
    post.client.settle("ack", &info(), || order.creation().clone()).end();
    drop(active);
    assert!(!Context::current().has_active_span());
    spans.assert_tree(
        "
        send orders      PRODUCER
        poll             INTERNAL
        └ ack orders     CLIENT
        ",
    );
}
