//! What a broker is tested through.

use std::future::Future;

use opentelemetry::Context;
use tracehop::{Inbound, MessagingSystem, MessagingTracer, Received};

use super::dropped_send::DroppedSend;
use super::redelivery::Redelivery;
use crate::Header;

/// One broker, through a traced client and a bare one.
///
/// Each value is the clients of one destination. Its methods have deadlines, and panic if one passes: a conformance test that
/// cannot go on has failed. Their futures are `Send`, because applications spawn them.
pub trait BrokerUnderTest: Sized + Send + Sync + 'static {
    /// The adapter's marker.
    type System: MessagingSystem;

    /// The client's message.
    type Message: Inbound<Self::System> + Send + Sync;

    /// What a traced consumer hands out.
    type Got: Send + Sync + 'static;

    /// Where the broker is, for example its address.
    type Server: Clone + Send + Sync + 'static;

    /// A queue, topic or stream, as clients of any runtime find it. It is there as long as this, or clients of it, live.
    type Destination: Send + Sync + 'static;

    /// The system's words for settling a message. Each names a settlement that succeeds.
    const SETTLEMENTS: &'static [&'static str];

    /// The `error.type` of a send that the broker refuses.
    const REFUSED: &'static str;

    /// Whether headers may repeat a name and keep their order.
    const ORDERED: bool;

    /// What becomes of a send whose future is dropped.
    const DROPPED_SEND: DroppedSend;

    /// Whether a message is delivered again if whoever received it is gone before it was settled.
    const REDELIVERY: Redelivery;

    /// The broker that the tests of the suite share.
    fn server() -> Self::Server;

    /// Makes a new destination, which nobody else uses.
    fn create(server: &Self::Server) -> impl Future<Output = Self::Destination> + Send;

    /// Connects clients of `tracer` to a destination, and lets them consume. If there were clients before, which are gone,
    /// these go on where those stopped: they are the next process of the same service. What was delivered and not settled
    /// is theirs within a few seconds.
    fn connect(
        tracer: &MessagingTracer,
        destination: &Self::Destination,
    ) -> impl Future<Output = Self> + Send;

    /// Lets clients work again that were connected to a broker which was killed and started again: waits until they have
    /// connected by themselves, or makes new ones, as an application does it. Default: new ones.
    fn recover(
        self,
        tracer: &MessagingTracer,
        destination: &Self::Destination,
    ) -> impl Future<Output = Self> + Send {
        drop(self);
        Self::connect(tracer, destination)
    }

    /// The name of the span of an operation on this destination, for example `send orders`. `operation` is `send`,
    /// `create`, `receive`, `process`, or one of [`SETTLEMENTS`](Self::SETTLEMENTS).
    fn span_name(&self, operation: &str) -> String;

    /// Sends a message through the traced client and waits for the broker's answer. What the client says if it could not be
    /// sent.
    fn try_send(&self, headers: &[Header]) -> impl Future<Output = Result<(), String>> + Send;

    /// Sends a message that the broker takes.
    fn send(&self, headers: &[Header]) -> impl Future<Output = ()> + Send {
        async { self.try_send(headers).await.expect("the broker takes it") }
    }

    /// Sends a message through the traced client that the broker refuses, and returns when it has refused it.
    fn send_refused(&self) -> impl Future<Output = ()> + Send;

    /// Sends a message through the bare client. `None` if the transport cannot hold the headers.
    fn send_bare(&self, headers: &[Header]) -> impl Future<Output = Option<()>> + Send;

    /// Gets the next message through the traced client.
    fn receive(&self) -> impl Future<Output = Self::Got> + Send;

    /// The message with its context.
    fn received(got: &Self::Got) -> &Received<Self::Message, Self::System>;

    /// All headers of a message, as the client shows them.
    fn headers(message: &Self::Message) -> Vec<Header>;

    /// Settles a message in one of the [ways](Self::SETTLEMENTS). What the client says if it could not be settled.
    fn try_settle(
        &self,
        got: &Self::Got,
        settlement: &str,
    ) -> impl Future<Output = Result<(), String>> + Send;

    /// Settles a message, and succeeds.
    fn settle(&self, got: &Self::Got, settlement: &str) -> impl Future<Output = ()> + Send {
        async { self.try_settle(got, settlement).await.expect("it can be settled") }
    }

    /// Sends so many messages with one call of the traced client, and waits for the broker's answers: one for each.
    fn send_all(&self, count: usize) -> impl Future<Output = Vec<Result<(), String>>> + Send;

    /// Gets the next messages through the traced client, so many as one batch.
    fn receive_all(
        &self,
        count: usize,
    ) -> impl Future<Output = Vec<Received<Self::Message, Self::System>>> + Send;

    /// Settles a batch with one call, in the first of the [ways](Self::SETTLEMENTS).
    fn settle_all(&self, batch: &[Received<Self::Message, Self::System>]) -> impl Future<Output = ()> + Send;

    /// Sends a message on to this destination with the adapter's `forward`.
    fn forward(&self, got: &Self::Got, reason: &str) -> impl Future<Output = ()> + Send;

    /// Sends one message, and a second one from the client's own callback about the first: its delivery report, or its
    /// delivery. Where a client has no callbacks, from the function that is called with each message. `cx` is current at
    /// the first send alone.
    fn send_from_callback(&self, cx: Context) -> impl Future<Output = ()> + Send;

    /// The tree of [`send_from_callback`](Self::send_from_callback), as in
    /// [`SpanRecorder::assert_tree`](crate::SpanRecorder::assert_tree), with SEND and PROCESS for the names of the spans. In
    /// `cx` a span `request` is current. The default is that of a callback with each message, of which both are processed.
    const CALLBACK_TREE: &'static str = "
        request          INTERNAL
        └ SEND           PRODUCER  #1
          └ PROCESS      CONSUMER  links: #1
            └ SEND       PRODUCER  #2
              └ PROCESS  CONSUMER  links: #2
    ";
}
