//! Receiving: the creation context of each message, and the span of getting it if that is wanted.

use std::time::SystemTime;

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, time};

use super::client_tracer::ClientTracer;
use super::received::Received;
use super::route::Route;
use super::start::OperationStart;
use crate::message::{ClientFacts, Describe, Inbound, MessagingSystem, OperationKind};
use crate::operation::decide;
use crate::tracer::MessagingTracer;

/// When a client was asked for a message, if anybody wants to know.
///
/// ```
/// # use tracehop::{Carrier, ClientFacts, ClientTracer, Describe, Destination, Inbound, MemoryHeaders, MessageInfo};
/// # use tracehop::{MessagingSystem, MessagingTracer, Received};
/// # enum Mail {}
/// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
/// # struct Letter(MemoryHeaders);
/// # impl Inbound<Mail> for Letter {
/// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
/// #     fn headers(&self) -> impl Carrier + '_ { &self.0 }
/// # }
/// # let client = ClientTracer::<Mail>::new(&MessagingTracer::global(), ClientFacts::default());
/// # let poll = || Letter(MemoryHeaders::new());
/// let clock = client.start_receive();
/// let letter = poll();
/// let letter: Received<Letter, Mail> = client.received_since(letter, clock);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "it is needed once the message is there"]
pub struct ReceiveClock(Option<SystemTime>);

impl<S: MessagingSystem> ClientTracer<S> {
    /// Takes a message that was got, and reads its creation context.
    #[inline]
    pub fn received<M: Inbound<S>>(&self, message: M) -> Received<M, S> {
        let extracted = self.tracer().extract(&message.headers());
        Received { message, extracted, client: self.clone() }
    }

    /// Looks at the clock before the client is asked for a message, if the tracer makes
    /// [receive spans](crate::MessagingTracerBuilder::receive_spans) or has [observers](crate::Observer).
    #[inline]
    pub fn start_receive(&self) -> ReceiveClock {
        ReceiveClock(self.tells_of_receives().then(time::now))
    }

    #[inline]
    fn tells_of_receives(&self) -> bool {
        self.tracer().makes_receive_spans() || !self.tracer().observers().is_empty()
    }

    /// [`received`](Self::received), with the span of getting the message if the tracer makes such spans.
    #[inline]
    pub fn received_since<M: Inbound<S>>(&self, message: M, clock: ReceiveClock) -> Received<M, S> {
        let received = self.received(message);
        if let ReceiveClock(Some(started)) = clock {
            self.receive_span(&received, started);
        }
        received
    }

    /// The span of getting one message, from `started` until now: only if the tracer makes
    /// [receive spans](crate::MessagingTracerBuilder::receive_spans). [Observers](crate::Observer) are told of the operation
    /// in any case.
    pub fn receive_span<M: Inbound<S>>(&self, received: &Received<M, S>, started: SystemTime) {
        if !self.tells_of_receives() {
            return;
        }
        let current = Context::current();
        let kind = OperationKind::Receive;
        let message = received.message.info();
        let route = Route::find(&self.client, kind, S::operation_name(kind), &message.destination());
        let situation = received.situation(kind, current.span().span_context(), route.policy.max_age);
        let mut plan = decide(&route.policy, situation);
        plan.makes_span &= route.policy.receive_spans;
        let start = OperationStart {
            message: &message,
            plan: &plan,
            parent: &received.parent(&plan, &current),
            base: None,
            links: received.links(&plan, &current),
            since: Some(started),
        };
        self.start(&route, &start).end();
        route.keep();
    }
}

impl MessagingTracer {
    /// Takes a message that was got without a wrapper. `S` is the adapter's marker: `tracer.receive::<Kafka, _>(message)`.
    ///
    /// What a wrapped client would know of itself (group, broker) is missing from the spans; where that matters keep a
    /// [`ClientTracer`].
    pub fn receive<S: MessagingSystem, M: Inbound<S>>(&self, message: M) -> Received<M, S> {
        ClientTracer::new(self, ClientFacts::default()).received(message)
    }
}
