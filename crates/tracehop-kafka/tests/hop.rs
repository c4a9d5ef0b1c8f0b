//! One hop and what surrounds it, on a real wire.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use futures::TryStreamExt;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use opentelemetry::{Context, Value};
use opentelemetry_sdk::trace::SpanData;
use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::message::{BorrowedHeaders, Message};
use rdkafka::producer::{FutureRecord, Producer};
use support::{DEADLINE, FOREIGN, Fixture, dump, headers, know_cluster, next, order, send};
use tracehop::Existing;
use tracehop_testing::SpanRecorder;

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key)?;
    Some(match &found.value {
        Value::String(text) => text.as_str().to_owned(),
        other => other.to_string(),
    })
}

#[tokio::test]
async fn one_send_and_one_process_are_one_linked_trace() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message
        .process(async {
            send(&test.producer(), FutureRecord::to("shipments").key("ord_42").payload("{}")).await;
            consumer.commit_message(&message, CommitMode::Sync)
        })
        .await
        .unwrap();
    test.spans.wait_for(4, DEADLINE).await;
    test.spans.assert_tree(
        "
        send orders            PRODUCER  #1
        └ process orders       CONSUMER  links: #1
          ├ send shipments     PRODUCER
          └ commit orders      CLIENT
        ",
    );
}

#[tokio::test]
async fn spans_say_what_the_conventions_ask() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    know_cluster(producer.inner().client());
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    know_cluster(consumer.client());
    next(&consumer).await;
    let second = next(&consumer).await;
    second.process(async { consumer.commit_message(&second, CommitMode::Sync) }).await.unwrap();

    let spans = test.spans.wait_for(4, DEADLINE).await;
    let [_, send, process, commit] = &spans[..] else { panic!("{spans:?}") };
    let port = test.broker.bootstrap_servers().rsplit_once(':').unwrap().1;
    for (span, name, operation) in
        [(send, "send", "send"), (process, "process", "process"), (commit, "commit", "settle")]
    {
        for (key, expected) in [
            ("messaging.system", "kafka"),
            ("messaging.operation.name", name),
            ("messaging.operation.type", operation),
            ("messaging.destination.name", "orders"),
            ("messaging.destination.partition.id", "0"),
            ("messaging.client.id", "test"),
            ("messaging.kafka.offset", "1"),
            ("server.address", "127.0.0.1"),
            ("server.port", port),
        ] {
            assert_eq!(attribute(span, key).as_deref(), Some(expected), "{key} of {name}");
        }
        assert!(attribute(span, "messaging.kafka.cluster.id").is_some(), "{name}");
        for absent in ["error.type", "messaging.kafka.message.key", "messaging.batch.message_count"] {
            assert_eq!(attribute(span, absent), None, "{absent} of {name}");
        }
    }
    assert_eq!(attribute(send, "messaging.consumer.group.name"), None);
    assert_eq!(attribute(process, "messaging.consumer.group.name").as_deref(), Some("billing"));
    assert_eq!(attribute(commit, "messaging.consumer.group.name").as_deref(), Some("billing"));
}

#[tokio::test]
async fn keys_and_tombstones_show_when_they_should() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().record_message_keys(true).record_body_sizes(true).build();
    let test = Fixture::with_tracer(spans, tracer);
    let producer = test.producer();
    send(&producer, order()).await;
    let tombstone = FutureRecord { payload: None, ..order() };
    send(&producer, tombstone).await;

    let spans = test.spans.finished();
    assert_eq!(attribute(&spans[0], "messaging.kafka.message.key").as_deref(), Some("ord_42"));
    assert_eq!(attribute(&spans[0], "messaging.message.body.size").as_deref(), Some("2"));
    assert_eq!(attribute(&spans[0], "messaging.kafka.message.tombstone"), None);
    assert_eq!(attribute(&spans[1], "messaging.kafka.message.tombstone").as_deref(), Some("true"));
}

#[tokio::test]
async fn a_partition_that_the_record_names_shows_once() {
    let test = Fixture::new();
    send(&test.producer(), order().partition(0)).await;
    let spans = test.spans.finished();
    let partitions =
        spans[0].attributes.iter().filter(|attribute| attribute.key.as_str().ends_with("partition.id"));
    assert_eq!(partitions.count(), 1);
}

#[tokio::test]
async fn a_stream_made_before_the_broker_answered_learns_the_clusters_name() {
    let test = Fixture::new();
    let consumer = test.consumer("orders");
    let mut stream = consumer.stream();
    know_cluster(consumer.client());
    send(&test.producer(), order()).await;
    let message = tokio::time::timeout(DEADLINE, stream.try_next()).await.unwrap().unwrap().unwrap();
    message.process(async {}).await;
    let process = &test.spans.finished()[1];
    assert!(attribute(process, "messaging.kafka.cluster.id").is_some());
}

#[tokio::test]
async fn a_commit_shows_where_a_message_is_and_nothing_of_what_it_says() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().record_message_keys(true).record_body_sizes(true).build();
    let test = Fixture::with_tracer(spans, tracer);
    send(&test.producer(), FutureRecord { payload: None, ..order() }).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    consumer.commit_message(&message, CommitMode::Sync).unwrap();
    let commit = &test.spans.finished()[1];
    assert_eq!(attribute(commit, "messaging.kafka.offset").as_deref(), Some("0"));
    for absent in
        ["messaging.kafka.message.key", "messaging.kafka.message.tombstone", "messaging.message.body.size"]
    {
        assert_eq!(attribute(commit, absent), None, "{absent}");
    }
}

#[tokio::test]
async fn a_send_is_the_child_of_the_span_around_it() {
    let test = Fixture::new();
    let producer = test.producer();
    let cx = Context::current_with_span(test.spans.tracer().start("checkout"));
    send(&producer, order()).with_context(cx).await;
    test.spans.assert_tree(
        "
        checkout         INTERNAL
        └ send orders    PRODUCER
        ",
    );
}

#[tokio::test]
async fn a_relay_that_copies_its_inbound_headers_replaces_the_stale_context() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order().headers(headers(&[("tenant", Some("a")), ("trail", None)]))).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    message
        .process(async {
            let copied = message.headers().map(BorrowedHeaders::detach).unwrap_or_default();
            send(&producer, FutureRecord::to("shipments").key("ord_42").payload("{}").headers(copied)).await;
        })
        .await;
    let shipments = test.consumer("shipments");
    next(&shipments).await.process(async {}).await;
    test.spans.assert_tree(
        "
        send orders              PRODUCER  #1
        └ process orders         CONSUMER  links: #1
          └ send shipments       PRODUCER  #2
            └ process shipments  CONSUMER  links: #2
        ",
    );
}

#[tokio::test]
async fn after_ten_republishes_each_context_header_stands_once_and_foreign_headers_are_untouched() {
    let test = Fixture::new();
    let producer = test.producer();
    let foreign = [("tenant", Some("a")), ("trail", None), ("tenant", Some("b")), ("empty", Some(""))];
    send(&producer, order().headers(headers(&foreign))).await;
    let consumer = test.consumer("orders");
    for _ in 0..10 {
        let message = next(&consumer).await;
        message
            .process(async {
                let copied = message.headers().map(BorrowedHeaders::detach).unwrap_or_default();
                send(&producer, order().headers(copied)).await;
            })
            .await;
    }
    let last = next(&consumer).await;
    let mut expected: Vec<_> =
        foreign.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
    expected.push(("traceparent".to_owned(), Some(last.creation().to_string())));
    assert_eq!(dump(&*last), expected);
}

#[tokio::test]
async fn a_context_from_an_outbox_is_kept_and_linked() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order().headers(headers(&[("traceparent", Some(FOREIGN))]))).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    assert_eq!(message.creation().to_string(), FOREIGN);
    message.process(async {}).await;
    test.spans.assert_tree(
        "
        send orders       CLIENT    links: (remote)
        (remote)
        └ process orders  CONSUMER  links: (remote)
        ",
    );
}

#[tokio::test]
async fn a_context_on_the_record_is_replaced_where_that_is_asked_for() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().existing(Existing::Replace).build();
    let test = Fixture::with_tracer(spans, tracer);
    send(&test.producer(), order().headers(headers(&[("traceparent", Some(FOREIGN))]))).await;
    let consumer = test.consumer("orders");
    next(&consumer).await.process(async {}).await;
    test.spans.assert_tree(
        "
        send orders       PRODUCER  #1
        └ process orders  CONSUMER  links: #1
        ",
    );
}

#[tokio::test]
async fn concurrent_handlers_keep_their_contexts_apart() {
    let test = Fixture::new();
    let producer = test.producer();
    for _ in 0..50 {
        send(&producer, order()).await;
    }
    let consumer = test.consumer("orders");
    let seen = std::sync::Mutex::new(0);
    let all = consumer.stream().map_err(|error| error.to_string()).try_for_each_concurrent(16, |message| {
        let seen = &seen;
        async move {
            let outcome: Result<(), String> = message
                .process(async {
                    tokio::task::yield_now().await;
                    let current = Context::current().span().span_context().trace_id();
                    assert_eq!(current, message.creation().trace_id());
                    Ok(())
                })
                .await;
            outcome?;
            let mut seen = seen.lock().unwrap();
            *seen += 1;
            if *seen == 50 { Err("done".to_owned()) } else { Ok(()) }
        }
    });
    assert_eq!(tokio::time::timeout(DEADLINE, all).await.unwrap(), Err("done".to_owned()));
    assert!(!Context::current().has_active_span());
}
