//! A message's journey beside whatever else is active, and through workers.
#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use opentelemetry::Context;
use opentelemetry::trace::{FutureExt, TraceContextExt, Tracer};
use rdkafka::consumer::CommitMode;
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::producer::FutureRecord;
use support::{DEADLINE, Fixture, next, order, send};
use tokio::sync::{Mutex, mpsc, oneshot};
use tracehop_kafka::{KafkaHeadersMut, TracedOwnedMessage};

/// A span of the application's own, as `#[tracing::instrument]` would make it.
fn application_span(test: &Fixture, name: &'static str) -> Context {
    let span = test.spans.tracer().start_with_context(name, &Context::new());
    Context::new().with_span(span)
}

#[tokio::test]
async fn a_consumers_loop_under_an_active_span_is_linked_and_swallows_no_journey() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let consume = async {
        for declined in [false, true] {
            let message = next(&consumer).await;
            let handler = async {
                send(&producer, FutureRecord::to("shipments").key("ord_42").payload("{}")).await;
                if declined { Err("card declined") } else { Ok(()) }
            };
            let bury = |error| producer.forward(&message, "shipments", error);
            message.process_or(handler, bury).await.unwrap();
            consumer.commit_message(&message, CommitMode::Sync).unwrap();
        }
    };
    consume.with_context(application_span(&test, "consume")).await;
    test.spans.wait_for(9, DEADLINE).await;
    test.spans.assert_tree(
        "
        send orders            PRODUCER  #1
        └ process orders       CONSUMER  links: #1, #3
          ├ send shipments     PRODUCER
          └ commit orders      CLIENT
        send orders            PRODUCER  #2
        └ process orders       CONSUMER  links: #2, #3
          ├ send shipments     PRODUCER
          ├ send shipments     PRODUCER
          └ commit orders      CLIENT
        consume                INTERNAL  #3
        ",
    );
}

#[tokio::test]
async fn the_current_spans_own_context_put_there_by_hand_is_replaced_by_the_sends() {
    let test = Fixture::new();
    let producer = test.producer();
    let request = async {
        let mut record = order();
        test.tracer.inject(&mut KafkaHeadersMut::new(&mut record.headers)).unwrap();
        send(&producer, record).await;
    };
    request.with_context(application_span(&test, "request")).await;
    let consumer = test.consumer("orders");
    next(&consumer).await.process(async {}).await;
    test.spans.wait_for(3, DEADLINE).await;
    test.spans.assert_tree(
        "
        request                INTERNAL
        └ send orders          PRODUCER  #1
          └ process orders     CONSUMER  links: #1
        ",
    );
}

#[tokio::test]
async fn a_failure_inside_of_a_timeout_or_of_a_task_is_the_handlers() {
    let test = Fixture::new();
    send(&test.producer(), order()).await;
    let consumer = test.consumer("orders");
    let message = next(&consumer).await;
    let declined = || async { Err::<(), String>("card declined".to_owned()) };
    let in_time = message.process(tokio::time::timeout(DEADLINE, declined())).await;
    assert_eq!(in_time, Ok(Err("card declined".to_owned())));
    assert!(message.process(tokio::spawn(declined())).await.unwrap().is_err());
    let task = tokio::spawn(async { Ok::<(), String>(()) });
    message.process(tokio::time::timeout(DEADLINE, task)).await.unwrap().unwrap().unwrap();
    let late = tokio::time::timeout(Duration::from_millis(1), std::future::pending::<Result<(), String>>());
    assert!(message.process(late).await.is_err());
    test.spans.assert_tree(
        "
        send orders            PRODUCER  #1
        ├ process orders       CONSUMER  links: #1  error=_OTHER
        ├ process orders       CONSUMER  links: #1  error=_OTHER
        ├ process orders       CONSUMER  links: #1
        └ process orders       CONSUMER  links: #1  error=tokio::time::error::Elapsed
        ",
    );
}

/// An order for the pool, and where the worker gives it back.
type Job = (TracedOwnedMessage, oneshot::Sender<Result<TracedOwnedMessage, KafkaError>>);

#[tokio::test]
async fn a_pool_of_workers_fed_by_a_channel_keeps_every_journey_whole() {
    const ORDERS: usize = 4;
    let test = Fixture::new();
    let producer = test.producer();
    for _ in 0..ORDERS {
        send(&producer, order()).await;
    }
    let (jobs, queue) = mpsc::channel::<Job>(2);
    let queue = Arc::new(Mutex::new(queue));
    let workers = (0..3).map(|_| {
        let (queue, producer) = (queue.clone(), producer.clone());
        tokio::spawn(async move {
            // The lock is held while a worker waits for a job, not while it works.
            while let Some((job, done)) = { queue.lock().await.recv().await } {
                let handler = job.process_owned(|job| async {
                    if job.offset() == 2 {
                        producer.forward(&job, "shipments", "no stock").await?;
                    }
                    Ok(job)
                });
                let _ = done.send(handler.await);
            }
        })
    });
    let workers = join_all(workers.collect::<Vec<_>>());

    let consumer = test.consumer("orders");
    let mut pending = Vec::new();
    for _ in 0..ORDERS {
        let (done, result) = oneshot::channel();
        jobs.send((next(&consumer).await.detach(), done)).await.unwrap();
        pending.push(result);
    }
    drop(jobs);
    // In the order in which they came, whoever was done first.
    for result in pending {
        let message = tokio::time::timeout(DEADLINE, result).await.unwrap().unwrap().unwrap();
        consumer.commit_received(&message, CommitMode::Sync).unwrap();
    }
    assert!(workers.await.into_iter().all(|worker| worker.is_ok()));
    test.spans.assert_tree(
        "
        send orders            PRODUCER  #1
        └ process orders       CONSUMER  links: #1
          └ commit orders      CLIENT
        send orders            PRODUCER  #2
        └ process orders       CONSUMER  links: #2
          └ commit orders      CLIENT
        send orders            PRODUCER  #3
        └ process orders       CONSUMER  links: #3
          ├ send shipments     PRODUCER
          └ commit orders      CLIENT
        send orders            PRODUCER  #4
        └ process orders       CONSUMER  links: #4
          └ commit orders      CLIENT
        ",
    );
}
