//! A tracer for one client: what is the same for all of its operations, and the operations themselves.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{SpanContext, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use crate::correlation::Parent;
use crate::intern::Text;
use crate::outcome::client_errors;
use crate::processing;
use crate::semconv;
use crate::span::Handle;
use crate::tracer::{Links, Start};
use crate::{
    CarrierMut, CreationContext, Existing, Inbound, MessageInfo, MessageSpan, MessagingSystem,
    MessagingTracer, Operation, ProcessSpan, Received,
};

/// Room for every attribute an operation may get, so that those known only at its end do not move the list.
const ATTRIBUTES: usize = 16;

/// What is the same for every message of one client.
///
/// ```
/// use tracehop::ClientFacts;
///
/// let facts = ClientFacts::default().client_id("checkout-1").consumer_group("checkout").server("kafka-1", 9092);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientFacts {
    client_id: Option<Text>,
    consumer_group: Option<Text>,
    server_address: Option<Text>,
    server_port: Option<u16>,
}

impl ClientFacts {
    /// The client's own name.
    pub fn client_id(self, id: &str) -> Self {
        Self { client_id: Some(Text::new(id)), ..self }
    }

    /// The consumer group the client belongs to.
    pub fn consumer_group(self, group: &str) -> Self {
        Self { consumer_group: Some(Text::new(group)), ..self }
    }

    /// The broker's host and port.
    pub fn server(self, address: &str, port: impl Into<Option<u16>>) -> Self {
        Self { server_address: Some(Text::new(address)), server_port: port.into(), ..self }
    }
}

/// A [`MessagingTracer`] for one client. Cheap to clone: one pointer.
///
/// Adapters keep one in each wrapper, and ask it for the span of every operation. It decides names, kinds, parents,
/// links and attributes.
pub struct ClientTracer<S> {
    client: Arc<Client>,
    system: PhantomData<fn() -> S>,
}

pub(crate) struct Client {
    tracer: MessagingTracer,
    facts: ClientFacts,
    late: OnceLock<(&'static str, Text)>,
}

/// What a span says, in words, of one operation.
pub(crate) struct Description<'a> {
    client: &'a Client,
    system: &'static str,
    operation: Operation,
    operation_name: &'static str,
    info: &'a MessageInfo<'a>,
}

impl Description<'_> {
    /// `"{operation name} {destination}"`, or the operation's name alone if no destination of low cardinality is known.
    pub(crate) fn span_name(&self) -> Cow<'static, str> {
        match self.info.destination.low_cardinality() {
            Some(destination) => destination.span_name(self.operation_name),
            None => Cow::Borrowed(self.operation_name),
        }
    }

    pub(crate) fn attributes(&self) -> Vec<KeyValue> {
        let mut list = Vec::with_capacity(ATTRIBUTES);
        list.push(KeyValue::new(semconv::MESSAGING_SYSTEM, self.system));
        list.push(KeyValue::new(semconv::MESSAGING_OPERATION_NAME, self.operation_name));
        list.push(KeyValue::new(semconv::MESSAGING_OPERATION_TYPE, self.operation.as_str()));
        self.info.describe(self.client.tracer.policy(), &mut list);
        let ClientFacts { client_id, consumer_group, server_address, server_port } = &self.client.facts;
        let consuming = matches!(self.operation, Operation::Receive | Operation::Process | Operation::Settle);
        for (key, text) in [
            (semconv::MESSAGING_CLIENT_ID, client_id.as_ref()),
            (semconv::MESSAGING_CONSUMER_GROUP_NAME, consumer_group.as_ref().filter(|_| consuming)),
            (semconv::SERVER_ADDRESS, server_address.as_ref()),
        ] {
            if let Some(text) = text {
                list.push(KeyValue::new(key, text.value()));
            }
        }
        if let Some(port) = server_port {
            list.push(KeyValue::new(semconv::SERVER_PORT, i64::from(*port)));
        }
        if let Some((key, text)) = self.client.late.get() {
            list.push(KeyValue::new(*key, text.value()));
        }
        list
    }
}

impl<S: MessagingSystem> ClientTracer<S> {
    /// A tracer for a client of which `facts` are known.
    pub fn new(tracer: &MessagingTracer, facts: ClientFacts) -> Self {
        let client = Client { tracer: tracer.clone(), facts, late: OnceLock::new() };
        Self { client: Arc::new(client), system: PhantomData }
    }

    /// The tracer this was made from.
    pub fn tracer(&self) -> &MessagingTracer {
        &self.client.tracer
    }

    /// Adds an attribute that is only known once the client is connected, the cluster's name for one. The first call
    /// counts.
    pub fn learn(&self, key: &'static str, value: &str) {
        let _ = self.client.late.set((key, Text::new(value)));
    }

    /// Whether [`learn`](Self::learn) was called.
    pub fn has_learnt(&self) -> bool {
        self.client.late.get().is_some()
    }

    /// Starts the span of a send, child of the current context, and puts its context into the message's headers.
    ///
    /// A creation context that is already there is kept or replaced as [`Existing`] says. If the transport refuses the
    /// headers the span gets an event `tracehop.header_refused`, the problem is counted, and the message goes without.
    pub fn send(&self, info: &MessageInfo<'_>, carrier: &mut (impl CarrierMut + ?Sized)) -> MessageSpan {
        let tracer = self.tracer();
        // Nobody will see a span, and there is nothing to pass on: the message goes as it is.
        if tracer.is_asleep() && Context::map_current(is_empty) {
            return self.guard(Handle::Silent);
        }
        let parent = Context::current();
        let there = tracer.propagator().extract_existing(carrier);
        let keep = there.is_valid()
            && match tracer.policy().existing {
                Existing::Auto => !processing::is_processing(&there),
                Existing::Keep => true,
                Existing::Replace => false,
            };
        let creation = keep.then(|| there.span_context());
        let handle = tracer.start(&Start {
            description: self.describe(Operation::Send, S::operation_name(Operation::Send), info),
            kind: if keep { SpanKind::Client } else { Operation::Send.span_kind() },
            parent: &parent,
            links: Links::Few([creation.as_ref(), None]),
            since: None,
        });
        let refused = if keep {
            None
        } else {
            // Without a span of its own the message passes on what is current.
            let current = parent.span();
            let span = match &handle {
                Handle::Owned(span) => span.span_context(),
                _ => current.span_context(),
            };
            tracer.write(span, &parent, there.is_valid(), carrier).err()
        };
        let mut span = self.guard(handle);
        if let Some(error) = refused.filter(|_| span.is_recording()) {
            span.add_event(
                "tracehop.header_refused",
                vec![KeyValue::new("tracehop.reason", error.to_string())],
            );
        }
        span
    }

    /// Takes a message that was got: reads its creation context.
    pub fn received<M: Inbound<S>>(&self, message: M) -> Received<M, S> {
        let extracted = self.tracer().extract(&message.headers());
        Received::new(message, extracted, self.clone())
    }

    /// The span of getting one message, from `started` until now: only if the tracer makes
    /// [receive spans](crate::MessagingTracerBuilder::receive_spans).
    pub fn receive_span<M: Inbound<S>>(&self, received: &Received<M, S>, started: SystemTime) {
        if self.tracer().policy().receive_spans {
            let creation = received.creation();
            let active = Context::current();
            let (parent, links) = self.relate(&active, creation, received.is_too_old());
            let handle = self.tracer().start(&Start {
                description: self.describe(
                    Operation::Receive,
                    S::operation_name(Operation::Receive),
                    &received.inbound().info(),
                ),
                kind: Operation::Receive.span_kind(),
                parent: &parent,
                links: Links::Few([links[0].as_ref(), links[1].as_ref()]),
                since: Some(started),
            });
            self.guard(handle).end();
        }
    }

    pub(crate) fn process<M: Inbound<S>>(&self, received: &Received<M, S>) -> ProcessSpan {
        let creation = received.creation();
        let active = Context::current();
        let others = self.tracer().propagator().has_others();
        let base = if active.has_active_span() || !others {
            active.clone()
        } else {
            // What another propagator finds beside the span goes into the handler's context too.
            self.tracer().propagator().others_on(active.clone(), &received.inbound().headers())
        };
        let base = creation.values_on(base);
        if self.tracer().is_asleep() {
            return self.silent_process(&active, creation, base);
        }
        let (parent, links) = self.relate(&active, creation, received.is_too_old());
        let handle = self.tracer().start_in(
            &Start {
                description: self.describe(
                    Operation::Process,
                    S::operation_name(Operation::Process),
                    &received.inbound().info(),
                ),
                kind: Operation::Process.span_kind(),
                parent: &parent,
                links: Links::Few([links[0].as_ref(), links[1].as_ref()]),
                since: None,
            },
            &base,
        );
        match &handle {
            Handle::Active(cx) => {
                let cx = cx.clone();
                ProcessSpan::new(self.guard(handle), cx, processing::Ids::One(processing::Id::of(creation)))
            }
            _ => self.silent_process(&active, creation, base),
        }
    }

    /// No span: the message's context passes through to what the handler sends.
    fn silent_process(&self, active: &Context, creation: &CreationContext, base: Context) -> ProcessSpan {
        let cx = if active.span().span_context().is_valid() { base } else { creation.on(base) };
        ProcessSpan::new(self.guard(Handle::Silent), cx, processing::Ids::One(processing::Id::of(creation)))
    }

    /// Starts the span of telling the broker what became of a message. `name` is the system's word for it: `ack`.
    ///
    /// Its parent is what is current, else the creation context of the message, which is asked for only then. With
    /// neither there is no span: a settlement alone makes no trace.
    pub fn settle(
        &self,
        name: &'static str,
        info: &MessageInfo<'_>,
        creation: impl FnOnce() -> CreationContext,
    ) -> MessageSpan {
        let mut parent = Context::current();
        if !parent.span().span_context().is_valid() {
            // Without an SDK nobody will see it: the headers need not be read.
            if self.tracer().is_silent() {
                return self.guard(Handle::Silent);
            }
            let creation = creation();
            if !creation.is_valid() {
                return self.guard(Handle::Silent);
            }
            parent = creation.on(parent);
        }
        let handle = self.tracer().start(&Start {
            description: self.describe(Operation::Settle, name, info),
            kind: Operation::Settle.span_kind(),
            parent: &parent,
            links: Links::NONE,
            since: None,
        });
        self.guard(handle)
    }

    fn relate<'a>(
        &self,
        active: &'a Context,
        creation: &CreationContext,
        too_old: bool,
    ) -> (Cow<'a, Context>, [Option<SpanContext>; 2]) {
        let current = active.span().span_context().clone();
        let correlation = if too_old { crate::Correlation::Link } else { self.tracer().policy().correlation };
        let relation = correlation.resolve(current.is_valid(), creation.is_valid());
        let remote = creation.is_valid().then(|| creation.span_context());
        let parent = match relation.parent {
            Parent::Active | Parent::Root => Cow::Borrowed(active),
            Parent::Creation => match remote.clone() {
                Some(remote) => Cow::Owned(active.with_remote_span_context(remote)),
                None => Cow::Borrowed(active),
            },
        };
        let link_active = relation.link_active.then_some(current);
        (parent, [remote.filter(|_| relation.link_creation), link_active])
    }

    pub(crate) fn describe<'a>(
        &'a self,
        operation: Operation,
        operation_name: &'static str,
        info: &'a MessageInfo<'a>,
    ) -> Description<'a> {
        Description { client: &self.client, system: S::NAME, operation, operation_name, info }
    }

    pub(crate) fn guard(&self, handle: Handle) -> MessageSpan {
        MessageSpan::new(handle, self.tracer(), client_errors::<S>())
    }
}

impl<S> Clone for ClientTracer<S> {
    fn clone(&self) -> Self {
        Self { client: Arc::clone(&self.client), system: PhantomData }
    }
}

impl<S: MessagingSystem> fmt::Debug for ClientTracer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientTracer")
            .field("system", &S::NAME)
            .field("facts", &self.client.facts)
            .finish_non_exhaustive()
    }
}

/// Whether a context holds nothing that a message could carry.
fn is_empty(cx: &Context) -> bool {
    !cx.has_active_span() && cx.baggage().is_empty()
}
