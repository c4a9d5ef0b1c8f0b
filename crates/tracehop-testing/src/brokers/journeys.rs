//! The scenarios of where a journey goes on: after the handler, beside it, in its destructors, past a replaced provider.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracehop::MessagingTracer;

use super::bench::{DEADLINE, foreign_headers, headers_of, named, values};
use super::broker_under_test::BrokerUnderTest;
use super::stage::Stage;
use crate::SpanRecorder;

pub(super) async fn each_settlement_after_the_handler_is_its_child_too<B: BrokerUnderTest>(stage: &Stage<B>) {
    for settlement in B::SETTLEMENTS {
        let bench = stage.bench().await;
        bench.broker.send(&[]).await;
        let got = bench.broker.receive().await;
        B::received(&got).process(async {}).await;
        bench.broker.settle(&got, settlement).await;
        bench
            .assert_tree(
                3,
                settlement,
                "
                SEND        PRODUCER  #1
                └ PROCESS   CONSUMER  links: #1
                  └ SETTLE  CLIENT
                ",
            )
            .await;
    }
}

pub(super) async fn a_dead_letter_sent_after_the_handler_continues_the_journey<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    let bench = stage.bench().await;
    bench.broker.send(&foreign_headers()).await;
    let got = bench.broker.receive().await;
    let received = B::received(&got);
    let result = received.process(async { "x".parse::<i32>().map(drop) }).await;
    if result.is_err() {
        bench.broker.send(&headers_of::<B>(received)).await;
    }
    let got = bench.broker.receive().await;
    B::received(&got).process(async {}).await;
    bench
        .assert_tree(
            4,
            "",
            "
            SEND           PRODUCER  #1
            └ PROCESS      CONSUMER  links: #1  error=core::num::error::ParseIntError
              └ SEND       PRODUCER  #2
                └ PROCESS  CONSUMER  links: #2
            ",
        )
        .await;
}

pub(super) async fn a_copy_sent_from_a_task_of_its_own_continues_the_journey<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    let bench = stage.bench().await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    let received = B::received(&got);
    let headers = headers_of::<B>(received);
    let (started, is_started) = tokio::sync::oneshot::channel();
    let (sent, is_sent) = tokio::sync::oneshot::channel();
    let handled = received.process(async {
        started.send(()).expect("the other task waits");
        is_sent.await.expect("the other task sends");
    });
    // As a spawned task: nothing of the handler's is current there, and the handler has not ended.
    let elsewhere = async {
        is_started.await.expect("the handler runs");
        bench.broker.send(&headers).await;
        sent.send(()).expect("the handler waits");
    };
    let ((), ()) = tokio::join!(handled, elsewhere);
    let got = bench.broker.receive().await;
    B::received(&got).process(async {}).await;
    bench
        .assert_tree(
            4,
            "",
            "
            SEND           PRODUCER  #1
            └ PROCESS      CONSUMER  links: #1
              └ SEND       PRODUCER  #2
                └ PROCESS  CONSUMER  links: #2
            ",
        )
        .await;
}

pub(super) async fn a_loop_inside_a_span_cuts_no_journey<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    for _ in 0..2 {
        bench.broker.send(&[]).await;
    }
    let consume = bench.spans.tracer().start("consume");
    let consume = async {
        for _ in 0..2 {
            let got = bench.broker.receive().await;
            B::received(&got).process(async {}).await;
        }
    }
    .with_context(Context::new().with_span(consume));
    consume.await;
    bench
        .assert_tree(
            5,
            "",
            "
            SEND       PRODUCER  #1
            └ PROCESS  CONSUMER  links: #1, #3
            SEND       PRODUCER  #2
            └ PROCESS  CONSUMER  links: #2, #3
            consume    INTERNAL  #3
            ",
        )
        .await;
}

pub(super) async fn what_a_callback_sends_belongs_to_its_message<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    let request = Context::new().with_span(bench.spans.tracer().start("request"));
    bench.broker.send_from_callback(request).await;
    let spans = B::CALLBACK_TREE.lines().filter(|line| !line.trim().is_empty()).count();
    bench.assert_tree(spans, "", B::CALLBACK_TREE).await;
}

/// Notes the context in which it is dropped.
struct NotesContext(Rc<RefCell<Context>>);

impl Drop for NotesContext {
    fn drop(&mut self) {
        *self.0.borrow_mut() = Context::current();
    }
}

pub(super) async fn what_a_destructor_does_belongs_to_its_message<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    let noted = Rc::default();
    let guard = NotesContext(Rc::clone(&noted));
    let handler = B::received(&got).process(async {
        let _guard = guard;
        pending::<()>().await;
    });
    assert!(tokio::time::timeout(Duration::from_millis(1), handler).await.is_err());
    let cx = noted.borrow().clone();
    bench.broker.send(&[]).with_context(cx).await;
    bench
        .assert_tree(
            3,
            "",
            "
            SEND       PRODUCER  #1
            └ PROCESS  CONSUMER  links: #1  error=cancelled
              └ SEND   PRODUCER
            ",
        )
        .await;
}

pub(super) async fn a_result_inside_a_result_fails_the_handler<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    let parse = async { "x".parse::<i32>().map(drop) };
    let handled = B::received(&got).process(tokio::time::timeout(DEADLINE, tokio::spawn(parse))).await;
    assert!(matches!(handled, Ok(Ok(Err(_)))), "the handler's own result comes back");
    bench
        .assert_tree(
            2,
            "",
            "
            SEND       PRODUCER  #1
            └ PROCESS  CONSUMER  links: #1  error=core::num::error::ParseIntError
            ",
        )
        .await;
}

/// A provider that can be replaced, as the application's global one can.
#[derive(Clone)]
struct Replaceable(Arc<Mutex<SdkTracerProvider>>);

impl Replaceable {
    fn current(&self) -> SdkTracerProvider {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TracerProvider for Replaceable {
    type Tracer = SdkTracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> SdkTracer {
        self.current().tracer_with_scope(scope)
    }
}

pub(super) async fn a_provider_that_is_replaced_is_followed<B: BrokerUnderTest>(stage: &Stage<B>) {
    let (first, second) = (SpanRecorder::new(), SpanRecorder::new());
    let provider = Replaceable(Arc::new(Mutex::new(first.provider().clone())));
    let tracer = MessagingTracer::builder().tracer_provider(provider.clone()).build();
    let broker = stage.connect(&tracer).await;
    broker.send(&[]).await;
    let got = broker.receive().await;
    B::received(&got).process(async {}).await;
    assert_eq!(first.wait_for(2, DEADLINE).await.len(), 2);
    *provider.0.lock().unwrap_or_else(PoisonError::into_inner) = second.provider().clone();
    first.provider().shutdown().expect("the first provider can be shut down");
    broker.send(&[]).await;
    let got = broker.receive().await;
    B::received(&got).process(async {}).await;
    second.wait_for(2, DEADLINE).await;
    second.assert_tree(&named(
        &broker,
        "",
        "
        SEND       PRODUCER  #1
        └ PROCESS  CONSUMER  links: #1
        ",
    ));
    second.assert_no_unfinished();
}

pub(super) async fn fifty_forwards_are_one_trace_with_bounded_headers<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&foreign_headers()).await;
    let mut got = bench.broker.receive().await;
    for attempt in 0..50 {
        let received = B::received(&got);
        assert_eq!(received.attempts_before(), attempt);
        assert!(received.process(async { "x".parse::<i32>().map(drop) }).await.is_err());
        // After the handler, and with nothing active.
        bench.broker.forward(&got, "no number").await;
        got = bench.broker.receive().await;
    }
    let headers = headers_of::<B>(B::received(&got));
    assert_eq!(values(&headers, "traceparent").len(), 1);
    assert_eq!(values(&headers, "tracehop-attempts"), ["50"]);
    assert_eq!(values(&headers, "tracehop-reason"), ["no number"]);
    for (name, value) in foreign_headers() {
        assert!(headers.contains(&(name, value)), "a foreign header is lost: {headers:?}");
    }
    let spans = bench.spans.wait_for(101, DEADLINE).await;
    let trace = spans[0].span_context.trace_id();
    assert!(spans.iter().all(|span| span.span_context.trace_id() == trace), "one trace");
    let children = |id| spans.iter().filter(|span| span.parent_span_id == id).count();
    assert!(spans.iter().all(|span| children(span.span_context.span_id()) <= 1), "attempt by attempt");
}
