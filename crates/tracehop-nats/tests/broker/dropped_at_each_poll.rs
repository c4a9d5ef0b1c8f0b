//! Futures may be dropped at any point. What all adapters have in common is in the conformance suite, for JetStream; this is
//! NATS' own.

use async_nats::ConnectOptions;
use async_nats::message::OutboundMessage;
use futures::StreamExt;
use tracehop_nats::{IntoTraced, ack_all};
use tracehop_testing::{SpanRecorder, polled};

use crate::support::{DEADLINE, Fixture, subscribed, try_next, url, within};

/// The spans of what `start` makes, dropped after no poll, after one, and so on until it is done.
async fn trees<T>(test: &Fixture, start: impl AsyncFn(usize) -> T) -> (Vec<String>, T) {
    let mut trees = Vec::new();
    loop {
        test.spans.clear();
        let polls = trees.len();
        let output = within(polled(start(polls), polls)).await;
        // Nothing of it goes on.
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
async fn a_publish_that_is_dropped_while_it_waits_for_the_clients_queue_is_not_sent() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    // The connection takes one message at a time, and only while the test waits.
    let options = ConnectOptions::new().client_capacity(1);
    let test = Fixture::at(&url(), options, spans, tracer).await;
    let peer = test.peer().await;
    let mut orders = within(peer.subscribe(test.name("orders"))).await.unwrap();
    subscribed(&peer).await;
    let publish = async |polls: usize| {
        within(test.client.inner().publish(test.name("others"), "".into())).await.unwrap();
        test.client.publish(test.name("orders"), polls.to_string().into()).await
    };
    // The first poll is of the message before it.
    let (trees, output) = trees(&test, publish).await;
    output.unwrap();
    check(&trees, &["", "publish orders  PRODUCER  error=abandoned"], "publish orders  PRODUCER");
    assert!(trees.iter().any(|tree| tree.contains("abandoned")), "{trees:#?}");
    test.client.inner().flush().await.unwrap();
    let order = within(orders.next()).await.unwrap();
    assert_eq!(order.payload, (trees.len() - 1).to_string(), "those before it were not sent");
}

#[tokio::test]
async fn several_publishes_that_are_dropped_while_one_waits_for_the_clients_queue_are_sent_up_to_that_one() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let options = ConnectOptions::new().client_capacity(1);
    let test = Fixture::at(&url(), options, spans, tracer).await;
    let peer = test.peer().await;
    let mut orders = within(peer.subscribe(test.name("orders"))).await.unwrap();
    subscribed(&peer).await;
    let publish = async |polls: usize| {
        let order = |number: usize| OutboundMessage {
            subject: test.name("orders").into(),
            payload: format!("{polls} {number}").into(),
            reply: None,
            headers: None,
        };
        test.client.publish_all((0..3).map(order)).await
    };
    let (trees, results) = trees(&test, publish).await;
    assert!(results.len() == 3 && results.iter().all(Result::is_ok), "{results:?}");
    // In one line, and without columns.
    let trees: Vec<_> =
        trees.iter().map(|tree| tree.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    check(
        &trees,
        &[
            "publish orders CLIENT links: #1 error=abandoned └ create orders PRODUCER #1 error=abandoned",
            "publish orders CLIENT links: #1, #2 error=abandoned ├ create orders PRODUCER #1 \
             └ create orders PRODUCER #2 error=abandoned",
            "publish orders CLIENT links: #1, #2, #3 error=abandoned ├ create orders PRODUCER #1 \
             ├ create orders PRODUCER #2 └ create orders PRODUCER #3 error=abandoned",
        ],
        "publish orders CLIENT links: #1, #2, #3 ├ create orders PRODUCER #1 ├ create orders PRODUCER #2 \
         └ create orders PRODUCER #3",
    );
    assert!(trees.len() > 2, "the queue was full: {trees:#?}");

    // What was sent is what has no error.
    test.client.inner().flush().await.unwrap();
    for (polls, tree) in trees.iter().enumerate() {
        let count = tree.matches("create orders").count() - usize::from(tree.ends_with("abandoned"));
        for number in 0..count {
            let order = within(orders.next()).await.unwrap();
            assert_eq!(order.payload, format!("{polls} {number}"), "{tree}");
        }
    }
}

#[tokio::test]
async fn several_acknowledgements_that_are_dropped_at_any_poll_are_abandoned() {
    let spans = SpanRecorder::new();
    let tracer = spans.messaging_tracer();
    let options = ConnectOptions::new().client_capacity(1);
    let test = Fixture::at(&url(), options, spans, tracer).await;
    let stream = test.stream("orders").await;
    let mut consumer = test.consumer(&stream, "billing").await;
    for _ in 0..3 {
        test.store(&format!("{}.new", test.name("orders"))).await;
    }
    let orders = within(consumer.clone().traced(&test.tracer).messages()).await.unwrap();
    let orders = try_next(&mut orders.batches(3, DEADLINE)).await;
    let (trees, acked) = trees(&test, async |_| ack_all(&orders).await).await;
    acked.unwrap();
    let root = "(remote)\n└ ack orders  CLIENT  links: (remote), (remote), (remote)";
    check(&trees, &[&format!("{root}  error=abandoned")], root);
    assert!(trees.len() > 2, "the queue was full: {trees:?}");
    within(async { while consumer.info().await.unwrap().num_ack_pending > 0 {} }).await;
}

#[tokio::test]
async fn a_request_that_is_dropped_at_any_poll_is_abandoned() {
    let test = Fixture::new().await;
    let peer = test.peer().await;
    let mut prices = within(peer.subscribe(test.name("prices.get"))).await.unwrap();
    subscribed(&peer).await;
    let service = tokio::spawn(async move {
        let mut requests = 0;
        while let Some(request) = prices.next().await {
            requests += 1;
            let is_last = request.payload.as_ref() == b"last";
            peer.publish(request.reply.unwrap(), "9.99".into()).await.unwrap();
            if is_last {
                peer.flush().await.unwrap();
                return requests;
            }
        }
        requests
    });
    let ask = async |_| test.client.request(test.name("prices.get"), "ord_42".into()).await;
    let (trees, reply) = trees(&test, ask).await;
    assert_eq!(reply.unwrap().payload.as_ref(), b"9.99");
    check(&trees, &["request prices.get  PRODUCER  error=abandoned"], "request prices.get  PRODUCER");
    assert!(trees.len() > 2, "there is a reply to wait for: {trees:?}");
    within(test.client.request(test.name("prices.get"), "last".into())).await.unwrap();
    assert_eq!(within(service).await.unwrap(), trees.len(), "all that were polled were sent, and the last");
}

#[tokio::test]
async fn an_acknowledgement_with_an_answer_that_is_dropped_at_any_poll_is_abandoned() {
    let test = Fixture::new().await;
    let stream = test.stream("orders").await;
    let mut consumer = test.consumer(&stream, "billing").await;
    test.store(&format!("{}.new", test.name("orders"))).await;
    let mut orders = within(consumer.clone().traced(&test.tracer).messages()).await.unwrap();
    let order = try_next(&mut orders).await;
    let (trees, acked) = trees(&test, async |_| order.double_ack().await).await;
    acked.unwrap();
    let root = "(remote)\n└ ack orders  CLIENT";
    check(&trees, &[&format!("{root}  error=abandoned")], root);
    assert!(trees.len() > 2, "there is an answer to wait for: {trees:?}");
    assert_eq!(within(consumer.info()).await.unwrap().num_ack_pending, 0);
}

#[tokio::test]
async fn a_receive_of_a_subscription_that_is_dropped_takes_no_message_with_it() {
    const MESSAGES: usize = 8;
    let test = Fixture::new().await;
    let mut subscription = within(test.client.subscribe(test.name("orders.core"))).await.unwrap();
    test.subscribed().await;
    for number in 0..MESSAGES {
        test.client.publish(test.name("orders.core"), number.to_string().into()).await.unwrap();
    }
    test.spans.clear();
    for number in 0..MESSAGES {
        let mut polls = 0;
        let message = loop {
            match within(polled(subscription.next(), polls)).await {
                Some(message) => break message.unwrap(),
                None => polls += 1,
            }
        };
        assert_eq!(message.payload, number.to_string());
    }
    assert_eq!((test.spans.finished().len(), test.spans.unfinished()), (0, 0));
}
