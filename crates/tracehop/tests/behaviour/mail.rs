//! A messaging system as small as one can be: what a broker's adapter would be in production.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{TraceContextExt, Tracer};
use opentelemetry_sdk::trace::SpanData;
use tracehop::{
    Carrier, ClientFacts, ClientTracer, Describe, Destination, Inbound, MemoryHeaders, MessageInfo,
    MessagingSystem, MessagingTracer, OperationKind, Received,
};
use tracehop_testing::SpanRecorder;

/// The context that messages from elsewhere carry.
pub(crate) const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// The marker of the system.
#[derive(Debug)]
pub(crate) enum Mail {}

impl MessagingSystem for Mail {
    const NAME: &'static str = "mail";

    fn operation_name(kind: OperationKind) -> &'static str {
        match kind {
            OperationKind::Receive => "fetch",
            other => other.as_str(),
        }
    }

    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        error.downcast_ref().map(|error: &MailError| error.0.into())
    }
}

/// An error of the system's client, with its code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MailError(pub(crate) &'static str);

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the mail says {}", self.0)
    }
}

/// A message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub(crate) topic: &'static str,
    pub(crate) headers: MemoryHeaders,
    pub(crate) sent_at: Option<SystemTime>,
}

impl tracehop::OkValue for Letter {}

impl Inbound<Mail> for Letter {
    fn info(&self) -> impl Describe + '_ {
        MessageInfo::to(Destination::named(self.topic))
    }

    fn carrier(&self) -> impl Carrier + '_ {
        &self.headers
    }

    fn sent_at(&self) -> Option<SystemTime> {
        self.sent_at
    }

    fn sent_at_precision(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn delivery_attempt(&self) -> Option<u64> {
        value(&self.headers, "attempt")?.parse().ok()
    }
}

/// The client.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) client: ClientTracer<Mail>,
}

impl Post {
    pub(crate) fn new(tracer: &MessagingTracer) -> Self {
        Self { client: ClientTracer::new(tracer, ClientFacts::default()) }
    }

    /// Sends a message to `topic`.
    pub(crate) fn send(&self, topic: &'static str) -> Letter {
        self.send_with(topic, MemoryHeaders::new())
    }

    /// Sends a message that has headers already.
    pub(crate) fn send_with(&self, topic: &'static str, mut headers: MemoryHeaders) -> Letter {
        self.client.send(&MessageInfo::to(Destination::named(topic)), &mut headers).end();
        Letter { topic, headers, sent_at: None }
    }

    pub(crate) fn receive(&self, letter: Letter) -> Received<Letter, Mail> {
        self.client.received(letter)
    }

    /// Gets a message that somebody else sent.
    pub(crate) fn receive_from_elsewhere(&self) -> Received<Letter, Mail> {
        self.receive(letter([("traceparent", TRACEPARENT)]))
    }
}

/// A recorder, and a client whose spans it records.
pub(crate) fn recorded() -> (SpanRecorder, Post) {
    let spans = SpanRecorder::new();
    let post = Post::new(&spans.messaging_tracer());
    (spans, post)
}

/// A message on `orders` with these headers.
pub(crate) fn letter<const N: usize>(headers: [(&str, &str); N]) -> Letter {
    Letter { topic: "orders", headers: headers_of(headers), sent_at: None }
}

pub(crate) fn headers_of<const N: usize>(headers: [(&str, &str); N]) -> MemoryHeaders {
    headers.into_iter().map(|(name, value)| (name, Some(value))).collect()
}

/// The value of a header that must be there once at most.
#[track_caller]
pub(crate) fn value(headers: &MemoryHeaders, name: &str) -> Option<String> {
    let mut values = Vec::new();
    headers.values(name, &mut |value| values.push(String::from_utf8_lossy(value).into_owned()));
    assert!(values.len() < 2, "{name} is there {} times", values.len());
    values.pop()
}

/// A context in which a span of the application is active, and which ends it when dropped.
pub(crate) fn application_span(spans: &SpanRecorder, name: &'static str) -> Context {
    Context::new().with_span(spans.tracer().start(name))
}

/// The one span of this name.
#[track_caller]
pub(crate) fn span(spans: &SpanRecorder, name: &str) -> SpanData {
    let mut named: Vec<SpanData> = spans.finished().into_iter().filter(|span| span.name == name).collect();
    assert_eq!(named.len(), 1, "spans named {name:?}");
    named.remove(0)
}

/// The baggage that is current, as `key=value`, sorted.
pub(crate) fn current_baggage() -> Vec<String> {
    let cx = Context::current();
    let mut members: Vec<String> =
        cx.baggage().iter().map(|(key, (value, _))| format!("{key}={}", value.as_str())).collect();
    members.sort();
    members
}

/// A handler that fails.
pub(crate) fn decline() -> impl Future<Output = Result<(), MailError>> {
    std::future::ready(Err(MailError("DECLINED")))
}

/// Sends a message when it is dropped.
pub(crate) struct SendsWhenDropped(pub(crate) Post);

impl Drop for SendsWhenDropped {
    fn drop(&mut self) {
        self.0.send("released");
    }
}

/// A description of a message on `orders`.
pub(crate) fn orders() -> MessageInfo<'static> {
    MessageInfo::to(Destination::named("orders"))
}
