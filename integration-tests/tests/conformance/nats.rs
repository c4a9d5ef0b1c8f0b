//! NATS JetStream: a stream and a pull consumer for each test.

use std::pin::pin;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::header::{HeaderMap, HeaderName, HeaderValue};
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::message::OutboundMessage;
use async_nats::jetstream::{self, AckKind, stream};
use async_nats::{Client, ConnectOptions};
use futures::StreamExt;
use opentelemetry::Context;
use opentelemetry::trace::FutureExt;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracehop::{MessagingTracer, Received, ReceivedBatches};
use tracehop_nats::{FromStream, IntoTraced, Nats, TracedContext, TracedMessage, TracedMessages, ack_all};
use tracehop_testing::brokers::{DroppedSend, Redelivery};
use tracehop_testing::{BrokerUnderTest, Header};

use super::{DEADLINE, unique};

/// A stream takes at most 64 KiB of headers with a message.
const ROOM: usize = 60_000;

/// How long a message may be handled: longer than any is here.
const ACK_WAIT: Duration = Duration::from_secs(120);

/// How long an answer may take. One that is lost with its server never comes.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long it may be for those who go on where others stopped.
const SHORT_ACK_WAIT: Duration = Duration::from_secs(1);

/// A stream of a subject of its own, and a durable consumer.
pub(crate) struct NatsStream {
    url: String,
    subject: String,
    /// Whether somebody has connected.
    is_known: AtomicBool,
}

async fn connect(url: &str) -> Client {
    let options = ConnectOptions::new().connection_timeout(DEADLINE);
    let connecting = options.reconnect_delay_callback(|_| Duration::from_millis(10)).connect(url);
    timeout(DEADLINE, connecting).await.unwrap().unwrap()
}

fn jetstream(client: &Client) -> jetstream::Context {
    ContextBuilder::new().timeout(PATIENCE).ack_timeout(PATIENCE).build(client.clone())
}

fn consumer(ack_wait: Duration) -> pull::Config {
    pull::Config { durable_name: Some("conformance".to_owned()), ack_wait, ..pull::Config::default() }
}

pub(crate) struct NatsBroker {
    subject: String,
    context: TracedContext,
    bare: jetstream::Context,
    messages: Mutex<TracedMessages<pull::Stream>>,
    client: Client,
}

impl BrokerUnderTest for NatsBroker {
    type System = Nats;
    type Message = FromStream;
    type Got = TracedMessage;
    type Server = String;
    type Destination = NatsStream;

    const SETTLEMENTS: &'static [&'static str] = &["ack", "nak", "term"];
    const REFUSED: &'static str = "stream_not_found";
    const ORDERED: bool = false;

    const DROPPED_SEND: DroppedSend = DroppedSend::Unanswered;
    const REDELIVERY: Redelivery = Redelivery::Again;

    fn server() -> String {
        tracehop_brokers::nats().blocking().unwrap().url().to_owned()
    }

    async fn create(url: &String) -> NatsStream {
        let client = connect(url).await;
        let subject = unique("orders");
        let config = stream::Config {
            name: subject.clone(),
            subjects: vec![subject.clone()],
            // Whatever becomes of the test, nothing is left.
            max_age: Duration::from_secs(600),
            ..stream::Config::default()
        };
        let stream = jetstream(&client).create_stream(config).await.unwrap();
        stream.create_consumer(consumer(ACK_WAIT)).await.unwrap();
        NatsStream { url: url.clone(), subject, is_known: AtomicBool::new(false) }
    }

    async fn connect(tracer: &MessagingTracer, stream: &NatsStream) -> Self {
        let client = connect(&stream.url).await;
        let (bare, subject) = (jetstream(&client), stream.subject.clone());
        let stored = bare.get_stream(&subject).await.unwrap();
        // A server is not told that a client is gone. It delivers again what was not acknowledged in time.
        let is_next = stream.is_known.swap(true, Ordering::SeqCst);
        let ack_wait = if is_next { SHORT_ACK_WAIT } else { ACK_WAIT };
        let consumer: PullConsumer = stored.create_consumer(consumer(ack_wait)).await.unwrap();
        let messages = consumer.traced(tracer).messages().await.unwrap();
        Self { subject, context: bare.clone().traced(tracer), bare, messages: Mutex::new(messages), client }
    }

    /// The client connects again by itself. What it wrote into the old connection is lost.
    async fn recover(self, _: &MessagingTracer, stream: &NatsStream) -> Self {
        let mut stored = self.bare.get_stream(&stream.subject).await;
        let back = async {
            while self.client.connection_state() != State::Connected || stored.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
                stored = self.bare.get_stream(&stream.subject).await;
            }
        };
        timeout(DEADLINE, back).await.unwrap();
        drop(stored);
        self
    }

    fn span_name(&self, operation: &str) -> String {
        let word = if operation == "send" { "publish" } else { operation };
        format!("{word} {}", self.subject)
    }

    async fn try_send(&self, headers: &[Header]) -> Result<(), String> {
        let headers = map(headers).unwrap();
        let ack =
            self.context.publish_with_headers(self.subject.clone(), headers, "{}".into()).await.unwrap();
        timeout(DEADLINE, ack.into_future()).await.unwrap().map(drop).map_err(|error| error.to_string())
    }

    async fn send_refused(&self) {
        let ack = self.context.publish(unique("nowhere"), "{}".into()).await.unwrap();
        timeout(DEADLINE, ack.into_future()).await.unwrap().unwrap_err();
    }

    async fn send_bare(&self, headers: &[Header]) -> Option<()> {
        let ack =
            self.bare.publish_with_headers(self.subject.clone(), map(headers)?, "{}".into()).await.unwrap();
        timeout(DEADLINE, ack.into_future()).await.unwrap().unwrap();
        Some(())
    }

    async fn receive(&self) -> TracedMessage {
        let mut messages = self.messages.lock().await;
        loop {
            // What the client says of a connection that it lost is no message, and the stream goes on.
            match timeout(DEADLINE, messages.next()).await.unwrap().unwrap() {
                Ok(message) => return message,
                Err(error) => println!("{error}"),
            }
        }
    }

    fn received(got: &TracedMessage) -> &Received<FromStream, Nats> {
        got
    }

    fn headers(message: &FromStream) -> Vec<Header> {
        let map = message.headers.iter().flat_map(HeaderMap::iter);
        let all = map.flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        all.map(|(name, value)| (name.to_string().into_bytes(), Some(value.as_str().into()))).collect()
    }

    async fn try_settle(&self, got: &TracedMessage, settlement: &str) -> Result<(), String> {
        let kind = match settlement {
            "ack" => AckKind::Ack,
            "nak" => AckKind::Nak(None),
            "term" => AckKind::Term,
            other => panic!("JetStream has no {other}"),
        };
        got.ack_with(kind).await.map_err(|error| error.to_string())
    }

    async fn send_all(&self, count: usize) -> Vec<Result<(), String>> {
        let message = || OutboundMessage::new(self.subject.clone().into(), "{}".into(), None);
        let sending = self.context.publish_all((0..count).map(|_| message()));
        let results = timeout(DEADLINE, sending).await.unwrap();
        results.into_iter().map(|result| result.map(drop).map_err(|error| error.to_string())).collect()
    }

    async fn receive_all(&self, count: usize) -> Vec<TracedMessage> {
        let mut messages = self.messages.lock().await;
        let mut batches = pin!(ReceivedBatches::new(&mut *messages, count, DEADLINE, tokio::time::sleep));
        loop {
            // As for one message.
            match timeout(DEADLINE, batches.next()).await.unwrap().unwrap() {
                Ok(batch) => return batch,
                Err(error) => println!("{error}"),
            }
        }
    }

    async fn settle_all(&self, batch: &[TracedMessage]) {
        timeout(DEADLINE, ack_all(batch)).await.unwrap().unwrap();
    }

    async fn forward(&self, got: &TracedMessage, reason: &str) {
        let forwarding = self.context.forward(got, self.subject.clone(), reason);
        timeout(DEADLINE, forwarding).await.unwrap().unwrap();
    }

    /// async-nats has no callbacks about messages.
    async fn send_from_callback(&self, cx: Context) {
        self.send(&[]).with_context(cx).await;
        let mut answers = 1;
        for _ in 0..2 {
            let answer = async |_: TracedMessage, answers: usize| {
                for _ in 0..answers {
                    self.send(&[]).await;
                }
            };
            let order = self.receive().await;
            order.process_owned(|order| answer(order, answers)).await;
            answers = 0;
        }
    }
}

/// Names and values are text, without nulls and line breaks, and there is a limit to them all.
fn map(headers: &[Header]) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    let mut size = 0;
    for (name, value) in headers {
        let name = HeaderName::from_str(std::str::from_utf8(name).ok()?).ok()?;
        let value = HeaderValue::from_str(std::str::from_utf8(value.as_deref()?).ok()?).ok()?;
        size += name.to_string().len() + value.as_str().len() + 4;
        if size > ROOM {
            return None;
        }
        map.append(name, value);
    }
    Some(map)
}
