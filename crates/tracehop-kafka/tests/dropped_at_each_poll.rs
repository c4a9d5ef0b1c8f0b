//! Futures may be dropped at any point. What all adapters have in common is in the conformance suite; this is rdkafka's own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use rdkafka::Message;
use rdkafka::producer::Producer;
use support::{DEADLINE, Fixture, next, order, send};
use tracehop_kafka::TracedFutureProducer;
use tracehop_testing::polled;

/// How many messages are in the topic, of which all that were sent have arrived.
async fn stored(test: &Fixture, expected: usize) {
    let consumer = test.consumer("orders");
    for offset in 0..expected {
        assert_eq!(next(&consumer).await.offset(), i64::try_from(offset).unwrap());
    }
    let (_, end) = rdkafka::consumer::Consumer::fetch_watermarks(&consumer, "orders", 0, DEADLINE).unwrap();
    assert_eq!(end, i64::try_from(expected).unwrap());
}

/// Drops what `start` makes after no poll, after one, and so on until it is done: from the first poll on the message is the
/// client's, which sends it, and the span ends with the broker's answer.
async fn is_sent_from_its_first_poll_on<T>(
    test: &Fixture,
    producer: &TracedFutureProducer,
    start: impl AsyncFn() -> Result<(), T>,
) {
    let mut sent = 0;
    for polls in 0.. {
        let output = polled(start(), polls).await;
        sent += usize::from(polls > 0);
        assert_eq!(test.spans.finished().len() + test.spans.unfinished(), sent, "after {polls} polls");
        match output {
            None => producer.flush(DEADLINE).unwrap(),
            Some(result) => {
                assert!(result.is_ok());
                break;
            }
        }
    }
    let spans = test.spans.wait_for(sent, DEADLINE).await;
    assert_eq!((spans.len(), test.spans.unfinished()), (sent, 0));
    let expected: Vec<_> = (0..sent).map(|offset| ("send orders".to_owned(), offset.to_string())).collect();
    let mut seen: Vec<_> = spans
        .iter()
        .map(|span| {
            assert_eq!(span.status, opentelemetry::trace::Status::Unset);
            let offset = span.attributes.iter().find(|it| it.key.as_str() == "messaging.kafka.offset");
            (span.name.to_string(), offset.unwrap().value.to_string())
        })
        .collect();
    seen.sort();
    assert_eq!(seen, expected);
    stored(test, sent).await;
}

#[tokio::test]
async fn a_delivery_future_is_only_an_answer() {
    let test = Fixture::new();
    let producer = test.producer();
    let send = async || producer.send_result(order()).map_err(drop)?.await.unwrap().map(drop).map_err(drop);
    is_sent_from_its_first_poll_on(&test, &producer, send).await;
}

#[tokio::test]
async fn a_send_that_waits_for_the_queue_is_given_up_with_its_future() {
    let test = Fixture::new();
    let mut config = test.config();
    config.set("queue.buffering.max.messages", "1");
    let producer: TracedFutureProducer = config.create().unwrap();
    let producer = producer.with_tracer(&test.tracer);
    test.down();
    let first = producer.send_result(order()).unwrap();
    for polls in 0..4 {
        assert!(polled(producer.send(order(), DEADLINE), polls).await.is_none());
        assert_eq!(test.spans.unfinished(), 1, "only the first is on its way");
    }
    test.up();
    first.await.unwrap().unwrap();
    test.spans.wait_for(4, DEADLINE).await;
    test.spans.tree().events(true).assert(
        "
        send orders  PRODUCER
        send orders  PRODUCER  error=abandoned  events: tracehop.queue_full
        send orders  PRODUCER  error=abandoned  events: tracehop.queue_full
        send orders  PRODUCER  error=abandoned  events: tracehop.queue_full
        ",
    );
    stored(&test, 1).await;
}

#[tokio::test]
async fn a_copy_that_is_sent_on_is_the_clients_from_its_first_poll_on() {
    let test = Fixture::new();
    let producer = test.producer();
    send(&producer, order()).await;
    let consumer = test.consumer("orders");
    let order = next(&consumer).await;
    order.process(async {}).await;
    test.spans.clear();
    let mut sent = 0;
    for polls in 0.. {
        let output = polled(producer.forward(&order, "shipments", "no stock"), polls).await;
        sent += usize::from(polls > 0);
        match output {
            None => producer.flush(DEADLINE).unwrap(),
            Some(result) => {
                result.unwrap();
                break;
            }
        }
    }
    let spans = test.spans.wait_for(sent, DEADLINE).await;
    assert_eq!((spans.len(), test.spans.unfinished()), (sent, 0));
    for span in spans {
        assert_eq!((&*span.name, span.status), ("send shipments", opentelemetry::trace::Status::Unset));
    }
    let copies = test.consumer("shipments");
    for offset in 0..sent {
        let copy = next(&copies).await;
        assert_eq!((copy.offset(), copy.attempts_before()), (i64::try_from(offset).unwrap(), 1));
    }
}
