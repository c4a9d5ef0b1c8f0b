//! Streams of messages.

use futures::stream::{self, FusedStream};
use futures::{Stream, StreamExt, TryStreamExt};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracehop::TracedStream;

use crate::mail::{Letter, Mail, MailError, letter, recorded};

#[tokio::test]
async fn each_message_comes_with_its_creation_context_and_errors_pass_through() {
    let (spans, post) = recorded();
    let items = [Ok(post.send("orders")), Err(MailError("CLOSED")), Ok(letter([]))];
    let stream = post.client.tracer().stream::<Mail, _, _, _>(stream::iter(items));
    let items: Vec<_> = stream.collect().await;
    assert!(items[0].as_ref().unwrap().creation().is_valid());
    assert_eq!(items[1].as_ref().unwrap_err(), &MailError("CLOSED"));
    assert!(!items[2].as_ref().unwrap().creation().is_valid());
    spans.assert_tree("send orders  PRODUCER");
}

#[tokio::test]
async fn nothing_is_attached_between_messages() {
    let (spans, post) = recorded();
    let messages = [post.send("orders"), post.send("orders")].map(Ok::<_, MailError>);
    let mut stream = post.client.tracer().stream(stream::iter(messages));
    while let Some(order) = stream.try_next().await.unwrap() {
        assert!(!Context::current().has_active_span());
        order.process(async { assert!(Context::current().has_active_span()) }).await;
        assert!(!Context::current().has_active_span());
    }
    spans.assert_tree(
        "
        send orders         PRODUCER  #1
        └ process orders    CONSUMER  links: #1
        send orders         PRODUCER  #2
        └ process orders    CONSUMER  links: #2
        ",
    );
}

#[tokio::test]
async fn messages_may_be_handled_at_the_same_time() {
    let (spans, post) = recorded();
    let messages: Vec<Result<Letter, MailError>> = (0..4).map(|_| Ok(post.send("orders"))).collect();
    let stream = TracedStream::new(stream::iter(messages), post.client.clone());
    let handled = stream.try_for_each_concurrent(4, |order| {
        let post = post.clone();
        order.process_owned(move |_| async move {
            tokio::task::yield_now().await;
            post.send("shipments");
            Ok(())
        })
    });
    handled.await.unwrap();
    let tree = spans.tree().to_string();
    let one = "send orders            PRODUCER  #?\n└ process orders       CONSUMER  links: #?\n  └ send shipments     PRODUCER\n";
    let expected: String = (1..=4).map(|n| one.replace('?', &n.to_string())).collect();
    spans.tree().assert(&expected);
    assert_eq!(tree, spans.tree().to_string());
}

#[tokio::test]
async fn the_wrapper_tells_what_the_clients_stream_tells() {
    let (_spans, post) = recorded();
    let inner = stream::iter([Ok::<_, MailError>(post.send("orders")), Ok(letter([]))]).fuse();
    let mut stream = TracedStream::<_, Mail>::new(inner, post.client.clone());
    assert_eq!((stream.size_hint(), stream.is_terminated()), ((2, Some(2)), false));
    stream.next().await.unwrap().unwrap();
    assert_eq!((stream.size_hint(), stream.is_terminated()), ((1, Some(1)), false));
    stream.next().await.unwrap().unwrap();
    assert!(stream.next().await.is_none());
    assert!(stream.is_terminated());
    assert!(stream.into_inner().is_terminated());
}
