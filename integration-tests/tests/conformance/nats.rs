//! NATS JetStream: a stream and a pull consumer for each test.

use std::str::FromStr;

use async_nats::header::{HeaderMap, HeaderName, HeaderValue};
use async_nats::jetstream::consumer::pull;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::jetstream::{self, AckKind, stream};
use async_nats::{Client, ConnectOptions};
use futures::StreamExt;
use opentelemetry::Context;
use opentelemetry::trace::FutureExt;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tracehop::{MessagingTracer, Received};
use tracehop_nats::{FromStream, IntoTraced, Nats, TracedContext, TracedMessage, TracedMessages};
use tracehop_testing::{BrokerUnderTest, Header};

use super::{DEADLINE, unique};

/// A stream takes at most 64 KiB of headers with a message.
const ROOM: usize = 60_000;

pub(crate) struct NatsBroker {
    subject: String,
    context: TracedContext,
    bare: jetstream::Context,
    messages: Mutex<TracedMessages<pull::Stream>>,
    _client: Client,
}

impl BrokerUnderTest for NatsBroker {
    type System = Nats;
    type Message = FromStream;
    type Got = TracedMessage;

    const SETTLEMENTS: &'static [&'static str] = &["ack", "nak", "term"];
    const REFUSED: &'static str = "stream_not_found";
    const ORDERED: bool = false;

    async fn connect(tracer: &MessagingTracer) -> Self {
        let url = tracehop_brokers::nats().blocking().unwrap().url().to_owned();
        let connecting = ConnectOptions::new().connection_timeout(DEADLINE).connect(url);
        let client = timeout(DEADLINE, connecting).await.unwrap().unwrap();
        let bare = ContextBuilder::new().timeout(DEADLINE).build(client.clone());
        let subject = unique("orders");
        let config = stream::Config {
            name: subject.clone(),
            subjects: vec![subject.clone()],
            storage: stream::StorageType::Memory,
            ..stream::Config::default()
        };
        let stream = bare.create_stream(config).await.unwrap();
        let config = pull::Config { durable_name: Some("conformance".to_owned()), ..pull::Config::default() };
        let consumer = stream.create_consumer(config).await.unwrap();
        let messages = consumer.traced(tracer).messages().await.unwrap();
        Self {
            subject,
            context: bare.clone().traced(tracer),
            bare,
            messages: Mutex::new(messages),
            _client: client,
        }
    }

    fn span_name(&self, operation: &str) -> String {
        let word = if operation == "send" { "publish" } else { operation };
        format!("{word} {}", self.subject)
    }

    async fn send(&self, headers: &[Header]) {
        let headers = map(headers).unwrap();
        let ack =
            self.context.publish_with_headers(self.subject.clone(), headers, "{}".into()).await.unwrap();
        timeout(DEADLINE, ack.into_future()).await.unwrap().unwrap();
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
        timeout(DEADLINE, self.messages.lock().await.next()).await.unwrap().unwrap().unwrap()
    }

    fn received(got: &TracedMessage) -> &Received<FromStream, Nats> {
        got
    }

    fn headers(message: &FromStream) -> Vec<Header> {
        let map = message.headers.iter().flat_map(HeaderMap::iter);
        let all = map.flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
        all.map(|(name, value)| (name.to_string().into_bytes(), Some(value.as_str().into()))).collect()
    }

    async fn settle(&self, got: &TracedMessage, settlement: &str) {
        let kind = match settlement {
            "ack" => AckKind::Ack,
            "nak" => AckKind::Nak(None),
            "term" => AckKind::Term,
            other => panic!("JetStream has no {other}"),
        };
        got.ack_with(kind).await.unwrap();
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
