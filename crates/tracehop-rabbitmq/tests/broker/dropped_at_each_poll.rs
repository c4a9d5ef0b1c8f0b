//! Futures may be dropped at any point. What all adapters have in common is in the conformance suite; this is lapin's own.

use lapin::options::{BasicAckOptions, BasicGetOptions, QueueDeclareOptions};
use lapin::types::{FieldTable, ShortString};
use lapin::{BasicProperties, Channel};
use tracehop_testing::{SpanRecorder, polled};

use crate::support::{Fixture, next, within};

/// How many messages are ready in a queue.
async fn ready(peer: &Channel, queue: &ShortString) -> u32 {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    within(peer.queue_declare(queue.clone(), options, FieldTable::default())).await.unwrap().message_count()
}

/// The spans of what `start` makes, dropped after no poll, after one, and so on until it is done.
async fn trees<T>(test: &Fixture, start: impl AsyncFn() -> T) -> (Vec<String>, T) {
    let mut trees = Vec::new();
    loop {
        test.spans.clear();
        let output = within(polled(start(), trees.len())).await;
        // A publish whose confirm was dropped ends when the broker's answer is known.
        within(test.channel.wait_for_confirms()).await.unwrap();
        assert_eq!(test.spans.unfinished(), 0, "after {} polls", trees.len());
        trees.push(test.tree(0).await.events(true).to_string().trim().to_owned());
        if let Some(output) = output {
            return (trees, output);
        }
    }
}

/// What there is before the first poll, what was interrupted, and what there is in the end.
#[track_caller]
fn check(trees: &[String], interrupted: &[&str], done: &str) {
    let [before, interruptions @ .., last] = trees else { panic!("{trees:?}") };
    assert_eq!((before.as_str(), last.as_str()), ("", done));
    for tree in interruptions {
        assert!(interrupted.contains(&tree.as_str()), "{trees:#?}");
    }
}

#[tokio::test]
async fn a_settlement_that_is_made_again_after_it_was_dropped_is_done_or_was_before() {
    let test = Fixture::new().await;
    let orders = test.queue("orders").await;
    for _ in 0..2 {
        test.publish(&orders, BasicProperties::default()).await;
    }
    let mut consumer = test.consume(&orders).await;
    let order = next(&mut consumer).await;
    let ack = async || order.ack(BasicAckOptions::default()).await;
    let (trees, acked) = trees(&test, ack).await;
    let root = "(remote)\n└ ack orders  CLIENT";
    // Whoever is asked twice sends nothing the second time.
    let again = format!("{root}  events: tracehop.already_settled");
    let done = if acked.unwrap() { root } else { again.as_str() };
    check(&trees, &[&format!("{root}  error=abandoned"), done, &again], done);
    let second = next(&mut consumer).await;
    assert_eq!(within(second.ack(BasicAckOptions::default())).await, Ok(true));
}

#[tokio::test]
async fn a_get_that_is_dropped_makes_no_span_and_its_message_comes_back_with_the_channel() {
    const MESSAGES: u32 = 8;
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer_builder().receive_spans(true).build();
    let test = Fixture::with_tracer(spans, tracer).await;
    let orders = test.queue("orders").await;
    for _ in 0..MESSAGES {
        test.publish(&orders, BasicProperties::default()).await;
    }
    let get = async || test.channel.basic_get(orders.clone(), BasicGetOptions::default()).await;
    let (trees, got) = trees(&test, get).await;
    assert!(got.unwrap().is_some());
    check(&trees, &[""], "(remote)\n└ receive orders  CLIENT  links: (remote)");
    within(test.channel.close(200, "done".into())).await.unwrap();
    assert_eq!(ready(&test.peer().await, &orders).await, MESSAGES, "whoever had them did not settle them");
}
