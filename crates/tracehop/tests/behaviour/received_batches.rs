//! Messages of a stream, several at a time.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::channel::mpsc;
use futures::stream::FusedStream;
use futures::{Stream, StreamExt, stream};
use tracehop::{Received, ReceivedBatches, process_batch};

use crate::mail::{Letter, Mail, MailError, Post, letter, recorded};

type Item = Result<Received<Letter, Mail>, MailError>;

fn batches<St: Stream<Item = Item>>(
    stream: St,
    most: usize,
    within: Duration,
) -> impl FusedStream<Item = Result<Vec<Received<Letter, Mail>>, MailError>> {
    ReceivedBatches::new(stream, most, within, tokio::time::sleep)
}

#[expect(clippy::unnecessary_wraps, reason = "an item of a stream")]
fn order(post: &Post) -> Item {
    Ok(post.receive(post.send("orders")))
}

/// What a batch is, in short.
fn size(batch: Result<Vec<Received<Letter, Mail>>, MailError>) -> Result<usize, &'static str> {
    batch.map(|batch| batch.len()).map_err(|error| error.0)
}

fn poll<St>(batches: Pin<&mut St>) -> Poll<Option<Result<usize, &'static str>>>
where
    St: Stream<Item = Result<Vec<Received<Letter, Mail>>, MailError>>,
{
    let polled = batches.poll_next(&mut Context::from_waker(futures::task::noop_waker_ref()));
    polled.map(|batch| batch.map(size))
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_batch_is_a_receive_span_that_links_to_each_message_and_each_is_processed_for_itself() {
    let (spans, post) = recorded();
    let mut batches = pin!(batches(stream::iter([order(&post), order(&post)]), 500, HOUR));
    let batch = batches.next().await.unwrap().unwrap();
    process_batch(&batch, async {
        for order in &batch {
            order.process(async {}).await;
        }
    })
    .await;
    assert!(batches.next().await.is_none() && batches.is_terminated());
    spans.tree().attributes(["messaging.batch.message_count"]).assert(
        "
        send orders           PRODUCER  #1
        └ process orders      CONSUMER  links: #1, #3
        send orders           PRODUCER  #2
        └ process orders      CONSUMER  links: #2, #3
        fetch orders          CLIENT    links: #1, #2  messaging.batch.message_count=2
        process orders        CONSUMER  #3  links: #1, #2  messaging.batch.message_count=2
        ",
    );
}

#[tokio::test]
async fn baggage_is_of_each_message_and_not_of_the_batch() {
    let (_spans, post) = recorded();
    let orders =
        ["a", "b"].map(|tenant| Ok(post.receive(letter([("baggage", &*format!("tenant={tenant}"))]))));
    let mut batches = pin!(batches(stream::iter(orders), 2, HOUR));
    let batch = batches.next().await.unwrap().unwrap();
    process_batch(&batch, async {
        assert!(crate::mail::current_baggage().is_empty());
        for (order, tenant) in batch.iter().zip(["tenant=a", "tenant=b"]) {
            order.process(async { assert_eq!(crate::mail::current_baggage(), [tenant]) }).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_full_at_the_most_messages_and_the_rest_comes_at_the_end() {
    let (_spans, post) = recorded();
    for (most, expected) in [(2, vec![2, 2, 1]), (1, vec![1; 5]), (0, vec![1; 5]), (9, vec![5])] {
        let orders: Vec<_> = (0..5).map(|_| order(&post)).collect();
        let sizes: Vec<_> =
            batches(stream::iter(orders), most, HOUR).map(|it| size(it).unwrap()).collect().await;
        assert_eq!(sizes, expected, "{most} at most");
    }
}

#[tokio::test]
async fn an_error_comes_after_what_was_got_before_it_and_the_stream_goes_on() {
    let (_spans, post) = recorded();
    let failed = || Err(MailError("CLOSED"));
    let items = [order(&post), order(&post), failed(), failed(), order(&post)];
    let got: Vec<_> = batches(stream::iter(items), 9, HOUR).map(size).collect().await;
    assert_eq!(got, [Ok(2), Err("CLOSED"), Err("CLOSED"), Ok(1)]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_handed_out_when_its_first_message_has_waited_long_enough() {
    let (_spans, post) = recorded();
    let (sender, receiver) = mpsc::unbounded();
    let mut batches = pin!(batches(receiver, 9, Duration::from_millis(50)));
    tokio::time::advance(HOUR).await;
    assert_eq!(poll(batches.as_mut()), Poll::Pending, "nothing is no batch, however long it takes");
    sender.unbounded_send(order(&post)).unwrap();
    assert_eq!(poll(batches.as_mut()), Poll::Pending);
    tokio::time::advance(Duration::from_millis(49)).await;
    sender.unbounded_send(order(&post)).unwrap();
    assert_eq!(poll(batches.as_mut()), Poll::Pending, "the second does not make the first wait longer");
    tokio::time::advance(Duration::from_millis(2)).await;
    assert_eq!(poll(batches.as_mut()), Poll::Ready(Some(Ok(2))));
    assert_eq!(poll(batches.as_mut()), Poll::Pending);
}

#[tokio::test]
async fn within_no_time_a_batch_is_what_is_there() {
    let (spans, post) = recorded();
    let (sender, receiver) = mpsc::unbounded();
    let mut batches = pin!(batches(receiver, 9, Duration::ZERO));
    for count in [1, 3] {
        (0..count).for_each(|_| sender.unbounded_send(order(&post)).unwrap());
        assert_eq!(size(batches.next().await.unwrap()), Ok(count));
    }
    assert_eq!(spans.unfinished(), 0);
}

#[tokio::test]
async fn a_next_that_is_dropped_loses_nothing() {
    let (_spans, post) = recorded();
    let (sender, receiver) = mpsc::unbounded();
    let mut batches = pin!(batches(receiver, 2, HOUR));
    sender.unbounded_send(order(&post)).unwrap();
    assert_eq!(poll(batches.as_mut()), Poll::Pending);
    sender.unbounded_send(order(&post)).unwrap();
    assert_eq!(size(batches.next().await.unwrap()), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_always_has_more_does_not_keep_a_batch_from_being_handed_out() {
    let (_spans, post) = recorded();
    let orders = stream::repeat_with(|| order(&post)).then(|order| async {
        tokio::time::advance(Duration::from_millis(1)).await;
        order
    });
    let orders = orders.boxed_local();
    let ready = stream::unfold(orders, |mut orders| async { Some((orders.next().await?, orders)) });
    let mut batches = pin!(batches(ready, usize::MAX, Duration::from_millis(50)));
    let size = size(batches.next().await.unwrap()).unwrap();
    assert!(size <= 128, "{size}");
}
