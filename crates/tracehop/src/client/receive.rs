//! Receiving: the creation context of each message, and the span of getting it if that is wanted.

use std::time::SystemTime;

use futures_core::stream::Stream;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, time};

use super::batch::of_several;
use super::client_tracer::ClientTracer;
use super::received::Received;
use super::route::Route;
use super::start::{OperationStart, partition};
use super::traced_stream::TracedStream;
use crate::context::ProcessRecord;
use crate::context::processing::Id;
use crate::message::{
    ClientFacts, Describe, Destination, Inbound, MessageInfo, MessagingSystem, OperationKind,
};
use crate::observe::{Headers, Links, NO_HEADERS};
use crate::operation::{Failure, decide};
use crate::propagation::{Extracted, Trust};
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
/// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
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
        let particular = if self.tracer().policies().varies_headers() {
            let kind = OperationKind::Receive;
            self.particular(kind, S::operation_name(kind), &message.info().destination())
        } else {
            None
        };
        let this = particular.as_ref().unwrap_or(self);
        let tracer = this.tracer();
        let extracted =
            if tracer.is_off() { Extracted::default() } else { tracer.extract(&message.carrier()) };
        match tracer.trust() {
            _ if tracer.is_off() => {}
            // Nothing is ever a child of it while no spans are made.
            Trust::Full if !tracer.source().is_awake() => {}
            Trust::Full => {
                tracer.handled().received(Id::of(&extracted.creation));
                if tracer.handled().has_distrusted() {
                    // A stranger who sends the same takes nothing.
                    tracer.handled().sent_row(tracer.propagator().content(&message.carrier()).id());
                }
            }
            Trust::LinkOnly | Trust::Ignore => tracer.remember_distrusted(&message.carrier()),
        }
        if tracer.metrics().is_on() {
            this.count_received(&message, &extracted);
        }
        Received { message, extracted, client: this.clone(), process: ProcessRecord::new() }
    }

    /// Each delivery is counted here, once.
    fn count_received<M: Inbound<S>>(&self, message: &M, extracted: &Extracted) {
        if Context::is_current_telemetry_suppressed() {
            return;
        }
        let kind = OperationKind::Receive;
        let route = Route::find(&self.client, kind, S::operation_name(kind), &message.info().destination());
        if let Some(series) = &route.series {
            let of_partition = series.asks_for_partitions().then(|| partition(&message.info())).flatten();
            let of_partition = of_partition.map(|partition| series.of_partition(&partition));
            let series = of_partition.as_ref().unwrap_or(series);
            series.consumed();
            if !self.tracer().is_off() {
                series.propagated(extracted.outcome(self.tracer().trust()), extracted.problems);
            }
            if series.asks_for_queue_times() {
                series.queued(message.sent_at(), time::now(), message.delivery_attempt());
            }
        }
        route.keep();
    }

    /// Looks at the clock before the client is asked for a message, if the tracer makes
    /// [receive spans](crate::MessagingTracerBuilder::receive_spans), has [observers](crate::Observer) or records metrics.
    #[inline]
    pub fn start_receive(&self) -> ReceiveClock {
        ReceiveClock(self.tells_of_receives().then(time::now))
    }

    #[inline]
    fn tells_of_receives(&self) -> bool {
        self.tracer().makes_receive_spans() || self.tracer().is_watched()
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

    /// The client failed to get a message. [Metrics and observers](crate::Observer) are told of it. There is no span: a client that
    /// tries again and again would make a trace of nothing each time.
    ///
    /// ```
    /// # use tracehop::{ClientFacts, ClientTracer, MessagingSystem, MessagingTracer};
    /// # enum Mail {}
    /// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    /// # let client = ClientTracer::<Mail>::new(&MessagingTracer::global(), ClientFacts::default());
    /// use tracehop::{Destination, Failure};
    ///
    /// let clock = client.start_receive();
    /// let got: Result<(), String> = Err("the box is locked".into());
    /// if let Err(error) = &got {
    ///     client.receive_failed(&Destination::none(), Failure::of(error), clock);
    /// }
    /// ```
    pub fn receive_failed(&self, destination: &Destination<'_>, failure: Failure<'_>, clock: ReceiveClock) {
        if let ReceiveClock(Some(started)) = clock {
            self.receive_failed_since(destination, failure, started);
        }
    }

    #[cold]
    pub(super) fn receive_failed_since(
        &self,
        destination: &Destination<'_>,
        failure: Failure<'_>,
        started: SystemTime,
    ) {
        let current = self.tracer().current();
        let kind = OperationKind::Receive;
        let route = Route::find(&self.client, kind, S::operation_name(kind), destination);
        let mut plan = decide(&route.policy, of_several(kind, &current));
        plan.makes_span = false;
        let start = OperationStart {
            message: &MessageInfo::to(*destination),
            plan: &plan,
            parent: &current,
            base: None,
            links: Links::NONE,
            since: Some(started),
            headers: NO_HEADERS,
        };
        let operation = self.start(&route, &start);
        route.keep();
        operation.fail(failure);
    }

    /// The span of getting one message, from `started` until now: only if the tracer makes
    /// [receive spans](crate::MessagingTracerBuilder::receive_spans). [Observers](crate::Observer) are told of the operation
    /// in any case.
    pub fn receive_span<M: Inbound<S>>(&self, received: &Received<M, S>, started: SystemTime) {
        if !self.tells_of_receives() {
            return;
        }
        let current = self.tracer().current();
        let kind = OperationKind::Receive;
        let message = received.message.info();
        let route = Route::find(&self.client, kind, S::operation_name(kind), &message.destination());
        let situation = received.situation(kind, current.span().span_context(), route.policy.max_age);
        let mut plan = decide(&route.policy, situation);
        plan.makes_span &= route.policy.receive_spans;
        let headers: Headers<'_> = &|f| f(&received.message.carrier());
        // With the message's baggage, for samplers and stages that look at it.
        let base =
            if plan.makes_span { received.creation().values_on(current.clone()) } else { current.clone() };
        self.filter(&mut plan, &route, &message, headers, &base);
        // The client may have waited long before the message was there. A span does not start before its parent, if the
        // message tells when that was; but no clock of another machine makes it start after now.
        let started = match received.message.sent_at().filter(|_| plan.makes_span) {
            Some(sent) => {
                let sent = sent.checked_add(received.message.sent_at_precision()).unwrap_or(sent);
                started.max(sent.min(time::now()))
            }
            None => started,
        };
        let start = OperationStart {
            message: &message,
            plan: &plan,
            parent: &received.parent(&plan, &base),
            base: None,
            links: received.links(&plan, &current),
            since: Some(started),
            headers,
        };
        let mut span = self.start(&route, &start);
        if let Some(problems) = received.problems().attribute() {
            span.set_attributes(vec![problems]);
        }
        span.end();
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

    /// A stream of a client's messages, for one that no wrapper made: each message comes as [`Received`]. Errors pass through.
    ///
    /// ```
    /// # use tracehop::{Carrier, Describe, Destination, Inbound, MemoryHeaders, MessageInfo, MessagingSystem};
    /// # use tracehop::MessagingTracer;
    /// # enum Mail {}
    /// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    /// # struct Letter(MemoryHeaders);
    /// # impl Inbound<Mail> for Letter {
    /// #     fn info(&self) -> impl Describe + '_ { MessageInfo::to(Destination::named("inbox")) }
    /// #     fn carrier(&self) -> impl Carrier + '_ { &self.0 }
    /// # }
    /// use futures::{StreamExt, TryStreamExt, stream};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// # runtime.block_on(async {
    /// let letters = stream::iter([Letter(MemoryHeaders::new())]).map(Ok::<_, String>);
    /// let mut letters = MessagingTracer::global().stream(letters);
    /// while let Some(letter) = letters.try_next().await? {
    ///     letter.process(async { Ok::<_, String>(()) }).await?;
    /// }
    /// # Ok::<(), String>(())
    /// # }).map_err(std::io::Error::other)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stream<S, St, M, E>(&self, stream: St) -> TracedStream<St, S>
    where
        S: MessagingSystem,
        St: Stream<Item = Result<M, E>>,
        M: Inbound<S>,
    {
        TracedStream::new(stream, ClientTracer::new(self, ClientFacts::default()))
    }
}
