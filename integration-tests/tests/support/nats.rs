//! Clients of the real NATS, and streams of a test's own.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::{Context, stream};
use async_nats::{Client, ConnectOptions, HeaderMap};
use futures::{Stream, StreamExt};
use tracehop::{IntoTraced, MessagingTracer};
use tracehop_nats::{TracedContext, TracedMessage, TracedMessages};

use super::{DEADLINE, within};

pub(crate) fn url() -> String {
    tracehop_brokers::nats().blocking().unwrap().url().to_owned()
}

pub(crate) async fn connect() -> Client {
    within(ConnectOptions::new().connection_timeout(DEADLINE).connect(url())).await.unwrap()
}

/// A stream in memory, which takes what is published to the subject of its name.
pub(crate) async fn create_stream(client: &Client, name: &str) -> stream::Stream {
    let config = stream::Config {
        name: name.to_owned(),
        subjects: vec![name.to_owned()],
        storage: stream::StorageType::Memory,
        // Whatever becomes of the test, nothing is left.
        max_age: Duration::from_secs(600),
        ..stream::Config::default()
    };
    within(jetstream(client).create_stream(config)).await.unwrap()
}

/// A durable consumer of everything in a stream.
pub(crate) async fn create_consumer(stream: &stream::Stream, config: pull::Config) -> PullConsumer {
    let config =
        pull::Config { durable_name: Some("worker".to_owned()), ack_policy: AckPolicy::Explicit, ..config };
    within(stream.create_consumer(config)).await.unwrap()
}

pub(crate) fn context(client: &Client, tracer: &MessagingTracer) -> TracedContext {
    jetstream(client).traced(tracer)
}

/// The client gives up answers after five seconds by itself.
fn jetstream(client: &Client) -> Context {
    ContextBuilder::new().timeout(DEADLINE).build(client.clone())
}

pub(crate) async fn messages(
    consumer: &PullConsumer,
    tracer: &MessagingTracer,
) -> TracedMessages<pull::Stream> {
    within(consumer.clone().traced(tracer).messages()).await.unwrap()
}

/// Publishes to a stream, and waits until the message is stored.
pub(crate) async fn store(context: &TracedContext, subject: &str, payload: &str) {
    let ack = within(context.publish(subject.to_owned(), payload.to_owned().into())).await.unwrap();
    within(ack.into_future()).await.unwrap();
}

/// The next of a stream that does not end yet.
pub(crate) async fn next(messages: &mut TracedMessages<pull::Stream>) -> TracedMessage {
    within(messages.next()).await.expect("the stream goes on").unwrap()
}

/// The next of a subscription.
pub(crate) async fn next_of<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> T {
    within(stream.next()).await.expect("the subscription goes on")
}

/// Returns when the server knows of the client's subscriptions. That they were written says nothing: a request over another
/// connection may be faster.
pub(crate) async fn subscribed(client: &Client) {
    let inbox = client.new_inbox();
    let mut echo = within(client.subscribe(inbox.clone())).await.unwrap();
    within(client.publish(inbox, "".into())).await.unwrap();
    next_of(&mut echo).await;
}

pub(crate) fn map(list: &[(&str, String)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in list {
        map.append(*name, value.as_str());
    }
    map
}

/// All headers of a message.
pub(crate) fn headers(headers: Option<&HeaderMap>) -> Vec<(String, String)> {
    let all = headers.into_iter().flat_map(HeaderMap::iter);
    all.flat_map(|(name, values)| values.iter().map(|value| (name.to_string(), value.to_string()))).collect()
}
