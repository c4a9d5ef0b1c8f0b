//! The scenarios of one hop.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use opentelemetry::trace::noop::NoopTracerProvider;
use tracehop::{MessagingTracer, semconv};

use super::bench::{DEADLINE, foreign_headers, header, headers_of, values};
use super::broker_under_test::BrokerUnderTest;
use super::stage::Stage;
use crate::{Header, SpanRecorder, corpus};

/// A context as another service would send it.
const FOREIGN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

pub(super) async fn one_send_and_one_process_are_one_linked_trace<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    B::received(&got).process(async {}).await;
    bench
        .assert_tree(
            2,
            "",
            "
            SEND       PRODUCER  #1
            └ PROCESS  CONSUMER  links: #1
            ",
        )
        .await;
}

pub(super) async fn what_a_handler_sends_is_its_child<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    B::received(&got).process(bench.broker.send(&[])).await;
    bench
        .assert_tree(
            3,
            "",
            "
            SEND       PRODUCER  #1
            └ PROCESS  CONSUMER  links: #1
              └ SEND   PRODUCER
            ",
        )
        .await;
}

pub(super) async fn a_relay_that_copies_headers_replaces_the_stale_context<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    let bench = stage.bench().await;
    bench.broker.send(&foreign_headers()).await;
    let got = bench.broker.receive().await;
    let first = B::received(&got);
    first.process(bench.broker.send(&headers_of::<B>(first))).await;
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

pub(super) async fn ten_republishes_leave_each_context_header_once<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&foreign_headers()).await;
    let mut got = bench.broker.receive().await;
    for _ in 0..10 {
        let received = B::received(&got);
        received.process(bench.broker.send(&headers_of::<B>(received))).await;
        got = bench.broker.receive().await;
    }
    let last = B::received(&got);
    let all = headers_of::<B>(last);
    assert_eq!(values(&all, "traceparent"), [last.creation().to_string()]);
    assert!(values(&all, "tracestate").is_empty() && values(&all, "baggage").is_empty());
    let mut rest: Vec<Header> = all.into_iter().filter(|(name, _)| name != b"traceparent").collect();
    let mut expected = foreign_headers();
    if !B::ORDERED {
        rest.sort();
        expected.sort();
    }
    assert_eq!(rest, expected);
}

pub(super) async fn a_context_from_an_outbox_is_kept_and_linked<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&[header("traceparent", FOREIGN)]).await;
    let got = bench.broker.receive().await;
    assert_eq!(B::received(&got).creation().to_string(), FOREIGN);
    bench.assert_tree(1, "", "SEND  CLIENT  links: (remote)").await;
}

pub(super) async fn an_unsampled_context_travels_on<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.recording(SpanRecorder::unsampled()).await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    let first = B::received(&got).creation().clone();
    assert!(first.is_valid() && !first.is_sampled());
    B::received(&got).process(bench.broker.send(&[])).await;
    let got = bench.broker.receive().await;
    let second = B::received(&got).creation();
    assert_eq!((second.trace_id(), second.is_sampled()), (first.trace_id(), false));
    assert_ne!(second.span_id(), first.span_id());
    bench.assert_tree(0, "", "").await;
}

pub(super) async fn a_handler_that_fails_says_why<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    let result: Result<(), std::num::ParseIntError> =
        B::received(&got).process(async { "x".parse::<i32>().map(drop) }).await;
    assert!(result.is_err());
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

pub(super) async fn a_handler_that_is_cancelled_says_so<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    let handled = tokio::time::timeout(Duration::from_millis(1), B::received(&got).process(pending::<()>()));
    assert!(handled.await.is_err());
    bench
        .assert_tree(
            2,
            "",
            "
            SEND       PRODUCER  #1
            └ PROCESS  CONSUMER  links: #1  error=cancelled
            ",
        )
        .await;
}

pub(super) async fn a_handler_that_panics_says_so<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send(&[]).await;
    let got = bench.broker.receive().await;
    let received = B::received(&got);
    let handler =
        || received.process_blocking(|| -> () { std::panic::resume_unwind(Box::new("on purpose")) });
    assert!(catch_unwind(AssertUnwindSafe(handler)).is_err(), "the panic goes on");
    bench
        .assert_tree(
            2,
            "",
            "
            SEND       PRODUCER  #1
            └ PROCESS  CONSUMER  links: #1  error=panic
            ",
        )
        .await;
}

pub(super) async fn hostile_headers_lose_no_message<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    let mut arrived = 0;
    for hostile in corpus::hostile() {
        if bench.broker.send_bare(&hostile.headers).await.is_none() {
            println!("not representable: {}", hostile.name);
            continue;
        }
        let got = bench.broker.receive().await;
        let received = B::received(&got);
        assert_eq!(
            received.creation().is_valid(),
            hostile.has_context,
            "{}: {}",
            hostile.name,
            hostile.reason
        );
        received.process(async {}).await;
        arrived += 1;
    }
    println!("{arrived} hostile messages arrived");
    assert!(arrived > 10, "nearly all of the corpus is not representable");
    assert_eq!(bench.spans.wait_for(arrived, DEADLINE).await.len(), arrived);
}

pub(super) async fn each_settlement_is_the_handlers_child<B: BrokerUnderTest>(stage: &Stage<B>) {
    for settlement in B::SETTLEMENTS {
        let bench = stage.bench().await;
        bench.broker.send(&[]).await;
        let got = bench.broker.receive().await;
        B::received(&got).process(bench.broker.settle(&got, settlement)).await;
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

pub(super) async fn a_refused_send_says_why<B: BrokerUnderTest>(stage: &Stage<B>) {
    let bench = stage.bench().await;
    bench.broker.send_refused().await;
    let spans = bench.spans.wait_for(1, DEADLINE).await;
    let error = spans[0].attributes.iter().find(|attribute| attribute.key.as_str() == semconv::ERROR_TYPE);
    assert_eq!(error.map(|attribute| attribute.value.to_string()).as_deref(), Some(B::REFUSED));
}

pub(super) async fn a_service_that_knows_only_w3c_headers_is_understood<B: BrokerUnderTest>(
    stage: &Stage<B>,
) {
    let bench = stage.bench().await;
    let headers =
        [header("traceparent", FOREIGN), header("tracestate", "vendor=1"), header("baggage", "tenant=a")];
    bench.broker.send_bare(&headers).await.expect("W3C headers can be sent");
    let got = bench.broker.receive().await;
    let received = B::received(&got);
    assert_eq!(received.creation().to_string(), format!("{FOREIGN};tracestate=vendor=1;baggage=tenant=a"));
    received.process(bench.broker.send(&[])).await;
    let got = bench.broker.receive().await;
    let answer = headers_of::<B>(B::received(&got));
    assert_eq!(values(&answer, "tracestate"), ["vendor=1"]);
    assert_eq!(values(&answer, "baggage"), ["tenant=a"]);
    let traceparent = values(&answer, "traceparent");
    assert!(traceparent[0].starts_with(&FOREIGN[..36]) && traceparent[0] != FOREIGN, "{traceparent:?}");
    bench
        .assert_tree(
            2,
            "",
            "
            (remote)
            └ PROCESS  CONSUMER  links: (remote)
              └ SEND   PRODUCER
            ",
        )
        .await;
}

pub(super) async fn without_an_sdk_the_context_passes_through<B: BrokerUnderTest>(stage: &Stage<B>) {
    let tracer = MessagingTracer::builder().tracer_provider(NoopTracerProvider::new()).build();
    let broker = stage.connect(&tracer).await;
    broker
        .send_bare(&[header("traceparent", FOREIGN), header("baggage", "tenant=a")])
        .await
        .expect("it can be sent");
    let got = broker.receive().await;
    B::received(&got).process(broker.send(&[])).await;
    let got = broker.receive().await;
    assert_eq!(B::received(&got).creation().to_string(), format!("{FOREIGN};baggage=tenant=a"));
}
