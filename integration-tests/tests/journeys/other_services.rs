//! Services that know only W3C headers, on each side of each broker.

use async_nats::jetstream;
use async_nats::jetstream::consumer::pull;
use futures::{StreamExt as _, TryStreamExt as _};
use lapin::BasicProperties;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicPublishOptions};
use lapin::types::FieldTable;
use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::trace::SpanData;
use rdkafka::consumer::CommitMode;
use rdkafka::producer::{FutureProducer, FutureRecord};

use crate::support::{Bench, DEADLINE, foreign, kafka, nats, rabbitmq, within};

/// What the other service read is the context of our own send, in the trace it began.
#[track_caller]
fn assert_understood(read: &SpanContext, spans: &[SpanData], send: &str) {
    let send = spans.iter().find(|span| span.name == send).expect("our send");
    assert_eq!(
        (read.trace_id(), read.span_id()),
        (send.span_context.trace_id(), send.span_context.span_id())
    );
    assert_eq!(read.trace_id().to_string(), foreign::TRACE);
    assert!(read.is_sampled());
}

/// They asked, we answered, they asked again: all in the trace that they began.
fn conversation(send: &str, settle: &str) -> String {
    format!(
        "
        (remote)
        ├ process questions     CONSUMER  links: (remote)
        │ ├ {send} answers      PRODUCER
        │ └ {settle} questions  CLIENT
        └ process questions     CONSUMER  links: (remote)
          └ {settle} questions  CLIENT
        "
    )
}

#[tokio::test]
async fn a_kafka_service_without_tracehop_is_understood_and_understands() {
    let bench = Bench::new();
    let (questions, answers) = (bench.name("questions"), bench.name("answers"));
    kafka::create_topic(&questions, 1).await;
    kafka::create_topic(&answers, 1).await;
    let (producer, consumer) =
        (kafka::producer(&bench.tracer), kafka::consumer(&questions, &bench.name("us"), &bench.tracer));
    let their_producer: FutureProducer = kafka::config().create().unwrap();
    let their_consumer = kafka::bare_consumer(&answers, &bench.name("them"));
    let ask = async |headers: &[(&str, String)]| {
        let headers = kafka::owned_headers(headers);
        let record = FutureRecord::to(&questions).key("key").payload("?").headers(headers);
        within(their_producer.send(record, DEADLINE)).await.unwrap();
    };

    ask(&foreign::headers()).await;
    let question = kafka::next(&consumer).await;
    question
        .process(async {
            kafka::send(&producer, &answers, "!").await;
            consumer.commit_message(&question, CommitMode::Sync)
        })
        .await
        .unwrap();
    let answer = within(their_consumer.recv()).await.unwrap();
    let read = foreign::read(&kafka::headers(&answer));
    ask(&foreign::answer(&read)).await;
    let question = kafka::next(&consumer).await;
    question.process(async { consumer.commit_message(&question, CommitMode::Sync) }).await.unwrap();

    assert_understood(&read, &bench.ended(5).await, "send answers");
    bench.tree(5).await.assert(&conversation("send", "commit"));
}

#[tokio::test]
async fn a_rabbitmq_service_without_tracehop_is_understood_and_understands() {
    let bench = Bench::new();
    let (questions, answers) = (bench.name("questions"), bench.name("answers"));
    let rabbit = rabbitmq::connect(&bench.tracer).await;
    rabbitmq::create_queue(&rabbit.channel, &questions, &[]).await;
    rabbitmq::create_queue(&rabbit.channel, &answers, &[]).await;
    let mut consumer = rabbitmq::consume(&rabbit.channel, &questions).await;
    let (_connection, them) = rabbitmq::connect_bare().await;
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let their_consumer =
        them.basic_consume(answers.as_str().into(), "".into(), options, FieldTable::default());
    let mut their_consumer = within(their_consumer).await.unwrap();
    let ask = async |headers: &[(&str, String)]| {
        let properties = BasicProperties::default().with_headers(rabbitmq::table(headers));
        let options = BasicPublishOptions::default();
        let confirm = them.basic_publish("".into(), questions.as_str().into(), options, b"?", properties);
        within(within(confirm).await.unwrap()).await.unwrap();
    };

    ask(&foreign::headers()).await;
    let question = rabbitmq::next(&mut consumer).await;
    question
        .process(async {
            rabbitmq::publish(&rabbit.channel, &answers, "!").await;
            question.ack(BasicAckOptions::default()).await
        })
        .await
        .unwrap();
    let answer = within(their_consumer.try_next()).await.unwrap().unwrap();
    let read = foreign::read(&rabbitmq::headers(&answer.properties));
    ask(&foreign::answer(&read)).await;
    let question = rabbitmq::next(&mut consumer).await;
    question.process(question.ack(BasicAckOptions::default())).await.unwrap();

    assert_understood(&read, &bench.ended(5).await, "publish answers");
    bench.tree(5).await.assert(&conversation("publish", "ack"));
}

#[tokio::test]
async fn a_jetstream_service_without_tracehop_is_understood_and_understands() {
    let bench = Bench::new();
    let (questions, answers) = (bench.name("questions"), bench.name("answers"));
    let client = nats::connect().await;
    let stream = nats::create_stream(&client, &questions).await;
    let consumer = nats::create_consumer(&stream, pull::Config::default()).await;
    let mut messages = nats::messages(&consumer, &bench.tracer).await;
    let context = nats::context(&client, &bench.tracer);
    let them = nats::connect().await;
    let their_stream = nats::create_stream(&them, &answers).await;
    let their_consumer = nats::create_consumer(&their_stream, pull::Config::default()).await;
    let mut their_messages = within(their_consumer.messages()).await.unwrap();
    let their_context = jetstream::new(them);
    let ask = async |headers: &[(&str, String)]| {
        let ack = their_context.publish_with_headers(questions.clone(), nats::map(headers), "?".into());
        within(within(ack).await.unwrap().into_future()).await.unwrap();
    };

    ask(&foreign::headers()).await;
    let question = nats::next(&mut messages).await;
    question
        .process(async {
            nats::store(&context, &answers, "!").await;
            question.double_ack().await
        })
        .await
        .unwrap();
    let answer = within(their_messages.next()).await.unwrap().unwrap();
    let read = foreign::read(&nats::headers(answer.headers.as_ref()));
    ask(&foreign::answer(&read)).await;
    let question = nats::next(&mut messages).await;
    question.process(question.double_ack()).await.unwrap();

    assert_understood(&read, &bench.ended(5).await, "publish answers");
    bench.tree(5).await.assert(&conversation("publish", "ack"));
}
