//! Many messages handled at once.

use std::collections::HashSet;

use async_nats::jetstream::consumer::pull;
use futures::TryStreamExt as _;
use opentelemetry::trace::{SpanContext, SpanKind, TraceId};
use opentelemetry_sdk::trace::SpanData;
use rdkafka::consumer::{CommitMode, Consumer as _};
use tracehop::{IntoTraced as _, process_batch};

use crate::support::{Bench, attribute, kafka, nats, rabbitmq, within};

const MESSAGES: usize = 100;

/// One span of processing, linked to every send and in a trace of its own; what it sent goes on in that trace.
#[track_caller]
fn assert_fanned_in(spans: &[SpanData], summary: &str) {
    let of_kind = |kind: SpanKind| spans.iter().filter(move |span| span.span_kind == kind);
    let is_summary = |span: &&SpanData| span.name.ends_with(summary);
    let id = |context: &SpanContext| (context.trace_id(), context.span_id());
    let sends: HashSet<_> = of_kind(SpanKind::Producer)
        .filter(|span| !is_summary(span))
        .map(|span| id(&span.span_context))
        .collect();
    let traces: HashSet<TraceId> = sends.iter().map(|(trace, _)| *trace).collect();
    assert_eq!(
        (sends.len(), traces.len()),
        (MESSAGES, MESSAGES),
        "each message was sent in a trace of its own"
    );

    let batch: Vec<&SpanData> = of_kind(SpanKind::Consumer).collect();
    let [batch] = batch.as_slice() else { panic!("one span for all of them, not {}", batch.len()) };
    let links: Vec<_> = batch.links.iter().map(|link| id(&link.span_context)).collect();
    assert_eq!(links.len(), MESSAGES, "a link for each message, once");
    assert_eq!(links.into_iter().collect::<HashSet<_>>(), sends);
    assert_eq!(attribute(batch, "messaging.batch.message_count"), Some(MESSAGES.to_string()));
    assert!(!traces.contains(&batch.span_context.trace_id()), "no message's trace is preferred");

    let summary = of_kind(SpanKind::Producer).find(is_summary).expect("the summary was sent");
    assert_eq!(summary.parent_span_id, batch.span_context.span_id());
}

#[tokio::test]
async fn many_kafka_messages_are_one_batch_with_a_link_to_each() {
    let bench = Bench::new();
    let (orders, report) = (bench.name("orders"), bench.name("report"));
    kafka::create_topic(&orders, 3).await;
    kafka::create_topic(&report, 1).await;
    let producer = kafka::producer(&bench.tracer);
    let reporting = kafka::consumer(&orders, &bench.name("reporting"), &bench.tracer);
    for number in 0..MESSAGES {
        kafka::send(&producer, &orders, &number.to_string()).await;
    }
    let mut batch = Vec::new();
    while batch.len() < MESSAGES {
        batch.push(kafka::next(&reporting).await);
    }
    process_batch(&batch, async {
        kafka::send(&producer, &report, "a hundred orders").await;
        reporting.commit_consumer_state(CommitMode::Sync)
    })
    .await
    .unwrap();
    assert_fanned_in(&bench.ended(MESSAGES + 3).await, "report");
}

#[tokio::test]
async fn many_rabbitmq_messages_are_one_batch_with_a_link_to_each() {
    let bench = Bench::new();
    let (orders, report) = (bench.name("orders"), bench.name("report"));
    let rabbit = rabbitmq::connect(&bench.tracer).await;
    rabbitmq::create_queue(&rabbit.channel, &orders, &[]).await;
    rabbitmq::create_queue(&rabbit.channel, &report, &[]).await;
    let mut reporting = rabbitmq::consume(&rabbit.channel, &orders).await;
    for number in 0..MESSAGES {
        rabbitmq::publish(&rabbit.channel, &orders, &number.to_string()).await;
    }
    let mut batch = Vec::new();
    while batch.len() < MESSAGES {
        batch.push(rabbitmq::next(&mut reporting).await);
    }
    process_batch(&batch, async {
        rabbitmq::publish(&rabbit.channel, &report, "a hundred orders").await;
        let last = batch.last().unwrap();
        last.ack(lapin::options::BasicAckOptions { multiple: true }).await
    })
    .await
    .unwrap();
    assert_fanned_in(&bench.ended(MESSAGES + 3).await, "report");
}

#[tokio::test]
async fn many_jetstream_messages_are_one_batch_with_a_link_to_each() {
    let bench = Bench::new();
    let (orders, report) = (bench.name("orders"), bench.name("report"));
    let client = nats::connect().await;
    let stream = nats::create_stream(&client, &orders).await;
    nats::create_stream(&client, &report).await;
    let mut consumer = nats::create_consumer(&stream, pull::Config::default()).await;
    let context = nats::context(&client, &bench.tracer);
    for number in 0..MESSAGES {
        nats::store(&context, &orders, &number.to_string()).await;
    }
    // A fetch is answered with what the consumer knows of, and a stream tells its consumers later than its publishers.
    within(async { while consumer.info().await.unwrap().num_pending < MESSAGES as u64 {} }).await;
    let consumer = consumer.traced(&bench.tracer);
    let fetch = within(consumer.fetch().max_messages(MESSAGES).messages()).await.unwrap();
    let batch: Vec<_> = within(fetch.try_collect()).await.unwrap();
    process_batch(&batch, nats::store(&context, &report, "a hundred orders")).await;

    let spans = bench.ended(MESSAGES + 3).await;
    let fetched = spans.iter().find(|span| span.name == "receive orders").expect("the fetch has a span too");
    assert_eq!((fetched.span_kind.clone(), fetched.links.len()), (SpanKind::Client, MESSAGES));
    assert_fanned_in(&spans, "report");
}
