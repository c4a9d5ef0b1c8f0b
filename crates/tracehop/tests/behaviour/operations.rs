//! Receiving and settling: which of them have spans, and where these hang.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanProcessor};
use tracehop::{Correlation, CreationContext, Destination, MessageInfo, MessagingTracer, Trust};
use tracehop_testing::SpanRecorder;

use crate::mail::{Letter, MailError, Post, TRACEPARENT, application_span, letter, recorded, span};

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
fn a_receive_that_waited_idle_starts_no_earlier_than_its_message_was_sent() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().receive_spans(true).build());
    let now = SystemTime::now();
    let ago = |seconds| now - Duration::from_secs(seconds);
    let ahead = now + Duration::from_secs(60);
    for (sent_at, expected) in [
        // A clock of whole seconds: it was sent so much later at most.
        (Some(ago(2)), ago(1)),
        // It lay there before anybody asked.
        (Some(ago(120)), ago(60)),
        // The sender's clock runs ahead: that is no reason to start after the end.
        (Some(ahead), now),
        (None, ago(60)),
    ] {
        spans.clear();
        let order = post.receive(Letter { sent_at, ..post.send("orders") });
        post.client.receive_span(&order, ago(60));
        let fetch = span(&spans, "fetch orders");
        if sent_at == Some(ahead) {
            assert!(fetch.start_time >= expected && fetch.start_time < ahead);
        } else {
            assert_eq!(fetch.start_time, expected, "{sent_at:?}");
        }
        assert!(fetch.end_time >= fetch.start_time);
    }
}

#[test]
fn settling_inside_a_handler_is_a_child_of_it() {
    let (spans, post) = recorded();
    let order = post.receive(post.send("orders"));
    order.process_blocking(|| {
        post.client.settle("ack", &info(), || order.creation().clone()).end();
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

#[test]
fn settling_several_is_a_child_of_what_is_current_or_else_of_what_is_settled() {
    let (spans, post) = recorded();
    let settled = post.client.send(&info(), &mut letter([]).headers);
    let (context, nothing) = (settled.span_context(), SpanContext::NONE);
    settled.end();
    post.client.settle_several("commit", &info(), &nothing).end();
    post.client.settle_several("commit", &info(), &context).end();
    let active = application_span(&spans, "poll").attach();
    post.client.settle_several("commit", &info(), &nothing).end();
    let mut commit = post.client.settle_several("commit", &info(), &context);
    assert!(Context::current().has_active_span(), "nothing stays attached");
    commit.set_message_count(3);
    commit.end();
    drop(active);
    assert!(!Context::current().has_active_span());
    spans.tree().attributes(["messaging.batch.message_count"]).assert(
        "
        send orders        PRODUCER
        └ commit orders    CLIENT
        poll               INTERNAL
        ├ commit orders    CLIENT
        └ commit orders    CLIENT    messaging.batch.message_count=3
        ",
    );
}

#[test]
fn an_adapter_learns_how_many_links_there_may_be() {
    let max = |tracer: MessagingTracer| Post::new(&tracer).client.max_batch_links();
    assert_eq!(max(MessagingTracer::builder().build()), 128);
    assert_eq!(max(MessagingTracer::builder().max_batch_links(7).build()), 7);
    assert_eq!(max(MessagingTracer::builder().max_batch_links(7).build().with_trust(Trust::LinkOnly)), 7);
}

#[test]
fn a_client_that_makes_receive_spans_looks_at_the_clock_before_it_asks() {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().receive_spans(true).build());
    assert!(post.client.tracer().makes_receive_spans());
    let before = SystemTime::now();
    let clock = post.client.start_receive();
    let asked = SystemTime::now();
    let order = post.client.received_since(post.send("orders"), clock);
    assert_eq!(order.topic, "orders");
    let fetch = span(&spans, "fetch orders");
    assert!((before..=asked).contains(&fetch.start_time));
    assert!(fetch.end_time >= span(&spans, "send orders").end_time);
    spans.assert_tree("send orders  PRODUCER  #1\n└ fetch orders  CLIENT  links: #1");
}

#[test]
fn a_client_that_makes_none_does_not_look_at_the_clock() {
    let (spans, post) = recorded();
    assert!(!post.client.tracer().makes_receive_spans());
    let clock = post.client.start_receive();
    assert_eq!(format!("{clock:?}"), "ReceiveClock(None)");
    let order = post.client.received_since(post.send("orders"), clock);
    assert!(order.creation().is_valid());
    spans.assert_tree("send orders  PRODUCER");
}

#[test]
fn receiving_a_message_that_is_too_old_is_only_linked() {
    let an_hour = Duration::from_secs(3600);
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer_builder().receive_spans(true).max_age(an_hour).build());
    let order = Letter { sent_at: Some(SystemTime::now() - 2 * an_hour), ..post.send("orders") };
    post.client.receive_span(&post.receive(order), SystemTime::now());
    spans.assert_tree("send orders  PRODUCER  #1\nfetch orders  CLIENT  links: #1");
}

#[test]
fn without_anybody_who_listens_a_settlement_does_not_read_the_message() {
    let post = Post::new(&MessagingTracer::global());
    post.client.settle("ack", &info(), || panic!("it is not needed")).end();
    let post = Post::new(&MessagingTracer::builder().tracer_provider(NoopTracerProvider::new()).build());
    post.client.settle("ack", &info(), || panic!("it is not needed")).end();
}

/// Writes down the baggage under which spans start.
#[derive(Clone, Debug, Default)]
struct BaggageAtStart(Arc<Mutex<Vec<String>>>);

impl SpanProcessor for BaggageAtStart {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, cx: &Context) {
        self.0.lock().unwrap().push(cx.baggage().to_string());
    }

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn span_processors_see_the_baggage_of_the_message_that_is_settled() {
    let seen = BaggageAtStart::default();
    let provider = SdkTracerProvider::builder().with_span_processor(seen.clone()).build();
    let post = Post::new(&MessagingTracer::builder().tracer_provider(provider).build());
    let order = post.receive(letter([("traceparent", TRACEPARENT), ("baggage", "tenant=a")]));
    post.client.settle("ack", &info(), || order.creation().clone()).end();
    assert_eq!(*seen.0.lock().unwrap(), ["tenant=a"]);
}
