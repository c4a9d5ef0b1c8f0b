//! A client, subjects and streams of a test's own, and a recorder.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::{Context, stream};
use async_nats::{Client, ConnectOptions, HeaderMap};
use futures::{Stream, StreamExt, TryStreamExt};
use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use tracehop_nats::{IntoTraced, MessagingTracer, TracedClient, TracedContext};
use tracehop_testing::{SpanRecorder, TraceTree};

/// Longer than anything takes here; a test that waits so long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A valid context, as another service would send it.
pub(crate) const FOREIGN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Waits for what must come.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let caller = std::panic::Location::caller();
    async move {
        let done = tokio::time::timeout(DEADLINE, future).await;
        done.unwrap_or_else(|_| panic!("{caller}: waited for {DEADLINE:?}"))
    }
}

pub(crate) struct Fixture {
    pub(crate) spans: SpanRecorder,
    pub(crate) tracer: MessagingTracer,
    pub(crate) client: TracedClient,
    names: Names,
    streams: Mutex<Vec<String>>,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let spans = SpanRecorder::new();
        let tracer = spans.messaging_tracer();
        Self::with_tracer(spans, tracer).await
    }

    pub(crate) async fn with_tracer(spans: SpanRecorder, tracer: MessagingTracer) -> Self {
        Self::at(&url(), ConnectOptions::new(), spans, tracer).await
    }

    pub(crate) async fn at(
        url: &str,
        options: ConnectOptions,
        spans: SpanRecorder,
        tracer: MessagingTracer,
    ) -> Self {
        let options = options.connection_timeout(DEADLINE);
        let client = within(TracedClient::connect_with_options(url, options, &tracer)).await.unwrap();
        Self { spans, tracer, client, names: Names::new(), streams: Mutex::default() }
    }

    /// A client that is not traced, on a connection of its own: the peer in another service.
    pub(crate) async fn peer(&self) -> Client {
        connect().await
    }

    /// The name that stands for `name` in this test only.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{name}{}", self.names.suffix)
    }

    /// Waits until the server knows of the client's subscriptions, whoever publishes to them.
    pub(crate) async fn subscribed(&self) {
        subscribed(self.client.inner()).await;
    }

    pub(crate) fn context(&self) -> TracedContext {
        jetstream(self.client.inner().clone()).traced(&self.tracer)
    }

    /// A stream of this test's own, in memory. It takes the subjects `{name}.>`, and goes with the test.
    pub(crate) async fn stream(&self, name: &str) -> stream::Stream {
        let config = stream::Config {
            name: self.name(name),
            subjects: vec![format!("{}.>", self.name(name))],
            storage: stream::StorageType::Memory,
            ..stream::Config::default()
        };
        self.streams().push(self.name(name));
        within(self.context().create_stream(config)).await.unwrap()
    }

    fn streams(&self) -> MutexGuard<'_, Vec<String>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A durable consumer of everything in a stream.
    pub(crate) async fn consumer(&self, stream: &stream::Stream, name: &str) -> PullConsumer {
        let config = pull::Config {
            durable_name: Some(self.name(name)),
            ack_policy: AckPolicy::Explicit,
            ..pull::Config::default()
        };
        within(stream.create_consumer(config)).await.unwrap()
    }

    /// Publishes to a stream, and waits until the message is stored.
    pub(crate) async fn store(&self, subject: &str) {
        let ack = within(self.context().publish(subject.to_owned(), "{}".into())).await.unwrap();
        within(ack.into_future()).await.unwrap();
    }

    /// The spans that have ended once there are `count`, under the names the test gave.
    pub(crate) async fn ended(&self, count: usize) -> Vec<SpanData> {
        let spans = self.spans.wait_for(count, DEADLINE).await;
        spans.into_iter().map(|span| self.names.restore(span)).collect()
    }

    /// The same as a tree.
    pub(crate) async fn tree(&self, count: usize) -> TraceTree {
        let tree = TraceTree::new(self.ended(count).await);
        assert_eq!(self.spans.unfinished(), 0, "spans go on:\n{tree}");
        tree
    }
}

/// Waits until the server has read everything from a client: flushing does not wait for it.
pub(crate) async fn subscribed(client: &Client) {
    let inbox = client.new_inbox();
    let mut echo = client.subscribe(inbox.clone()).await.unwrap();
    client.publish(inbox, "".into()).await.unwrap();
    next(&mut echo).await;
}

impl Drop for Fixture {
    /// Streams do not end by themselves, and the test's runtime may.
    fn drop(&mut self) {
        let streams = std::mem::take(&mut *self.streams());
        if streams.is_empty() {
            return;
        }
        let deleting = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let context = jetstream(connect().await);
                for stream in streams {
                    within(context.delete_stream(stream)).await.unwrap();
                }
            });
        });
        // A test that failed has its own message.
        let _ = deleting.join();
    }
}

async fn connect() -> Client {
    within(ConnectOptions::new().connection_timeout(DEADLINE).connect(url())).await.unwrap()
}

/// The client gives up answers after five seconds by itself.
fn jetstream(client: Client) -> Context {
    ContextBuilder::new().timeout(DEADLINE).build(client)
}

pub(crate) fn url() -> String {
    tracehop_brokers::nats().blocking().unwrap().url().to_owned()
}

/// The next of a stream that does not end yet.
pub(crate) async fn next<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> T {
    within(stream.next()).await.expect("the stream goes on")
}

pub(crate) async fn try_next<T, E: std::fmt::Debug>(
    stream: &mut (impl Stream<Item = Result<T, E>> + Unpin),
) -> T {
    within(stream.try_next()).await.unwrap().expect("the stream goes on")
}

pub(crate) fn headers(list: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in list {
        headers.append(*name, *value);
    }
    headers
}

/// The headers of a message, the names sorted: they have no order.
pub(crate) fn dump(headers: Option<&HeaderMap>) -> Vec<(String, String)> {
    let mut list = Vec::new();
    for (name, values) in headers.into_iter().flat_map(HeaderMap::iter) {
        list.extend(values.iter().map(|value| (name.to_string(), value.to_string())));
    }
    list.sort_by(|(one, _), (other, _)| one.cmp(other));
    list
}

pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key)?;
    Some(found.value.as_str().into_owned())
}

/// Names that no other test uses, and that do not show.
struct Names {
    suffix: String,
}

impl Names {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let nanos = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // A subject that looks as if each order had one is no part of a span's name, so there are no digits.
        let letter = |digit: char| char::from_u32(u32::from('g') + digit.to_digit(16)?);
        let suffix = format!("{:x}{nanos:x}{count:x}", std::process::id());
        Self { suffix: format!("-{}", suffix.chars().filter_map(letter).collect::<String>()) }
    }

    fn restore(&self, mut span: SpanData) -> SpanData {
        span.name = span.name.replace(&self.suffix, "").into();
        for attribute in &mut span.attributes {
            if let Value::String(text) = &attribute.value {
                attribute.value = text.as_str().replace(&self.suffix, "").into();
            }
        }
        span
    }
}

/// The address a server names; the one that the client was given if the server listens on all there are.
pub(crate) fn address(info: &async_nats::ServerInfo) -> (String, String) {
    let everywhere = info.host.parse().is_ok_and(|address: std::net::IpAddr| address.is_unspecified());
    if everywhere {
        let given: async_nats::ServerAddr = url().parse().unwrap();
        (given.host().to_owned(), given.port().to_string())
    } else {
        (info.host.clone(), info.port.to_string())
    }
}
