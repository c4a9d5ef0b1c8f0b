//! Several messages at once: one span with a link to each.
//!
//! A batch has many creation contexts and no one parent, so it only ever links, whatever the
//! [`Correlation`](crate::Correlation).

use std::fmt;
use std::future::Future;
use std::time::SystemTime;

use opentelemetry::trace::Link;
use opentelemetry::{Context, KeyValue};

use crate::processing::{Id, Ids};
use crate::semconv;
use crate::span::Handle;
use crate::tracer::{Links, Start};
use crate::{
    AttributeValue, ClientTracer, Destination, Inbound, MessageInfo, MessageSpan, MessagingSystem, Operation,
    Outcome, ProcessSpan, Received,
};

/// Runs a handler inside one span of processing all of `batch`, which links to each message's creation context. An empty
/// batch makes no span.
///
/// The span's parent is what is current; no message's baggage becomes current, for they may differ. The handler's own
/// result comes back unchanged.
///
/// # Cancel safety
///
/// As for [`ProcessSpan::run`].
///
/// ```
/// # use tracehop::{Carrier, Destination, Inbound, MemoryHeaders, MessageInfo, MessagingSystem, MessagingTracer};
/// # enum Mail {}
/// # impl MessagingSystem for Mail { const NAME: &'static str = "mail"; }
/// # struct Letter(MemoryHeaders);
/// # impl Inbound<Mail> for Letter {
/// #     fn info(&self) -> MessageInfo<'_> { MessageInfo::to(Destination::named("inbox")) }
/// #     fn headers(&self) -> impl Carrier + '_ { &self.0 }
/// # }
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let tracer = MessagingTracer::global();
/// let batch = [(); 3].map(|()| tracer.receive::<Mail, _>(Letter(MemoryHeaders::new())));
/// let stored: Result<usize, String> = tracehop::process_batch(&batch, async { Ok(batch.len()) }).await;
/// assert_eq!(stored, Ok(3));
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn process_batch<M, S, F>(batch: &[Received<M, S>], handler: F) -> F::Output
where
    M: Inbound<S>,
    S: MessagingSystem,
    F: Future<Output: Outcome>,
{
    match batch.first() {
        Some(first) => first.client_tracer().process_batch(batch).run(handler).await,
        None => handler.await,
    }
}

impl<S: MessagingSystem> ClientTracer<S> {
    /// Starts the span of processing all of `batch`; see [`process_batch`].
    pub fn process_batch<M: Inbound<S>>(&self, batch: &[Received<M, S>]) -> ProcessSpan {
        let active = Context::current();
        let name = common_destination(batch);
        let info = MessageInfo::to(name.as_deref().map_or(Destination::none(), Destination::named));
        let handle = self.tracer().start_in(
            &Start {
                description: self.describe(Operation::Process, S::operation_name(Operation::Process), &info),
                kind: Operation::Process.span_kind(),
                parent: &active,
                links: Links::Many(&|| {
                    batch.iter().filter_map(|message| link(message, name.is_none())).collect()
                }),
                since: None,
            },
            &active,
        );
        let cx = match &handle {
            Handle::Active(cx) => cx.clone(),
            _ => active,
        };
        let mut span = self.guard(handle);
        set_count(&mut span, batch.len());
        let ids = batch.iter().map(|message| Id::of(message.creation())).collect();
        ProcessSpan::new(span, cx, Ids::Batch(ids))
    }

    /// The span of getting several messages with one call, which began at `since`. It starts with the first message:
    /// getting none makes no span.
    pub fn receive_batch(&self, since: SystemTime) -> BatchReceive<S> {
        BatchReceive { client: self.clone(), since, span: None, destination: None, count: 0 }
    }
}

/// The span of getting several messages at once, kind CLIENT. It ends when this is dropped.
pub struct BatchReceive<S: MessagingSystem> {
    client: ClientTracer<S>,
    since: SystemTime,
    span: Option<MessageSpan>,
    /// Of the first message; a link says so if its message's is another.
    destination: Option<String>,
    count: usize,
}

impl<S: MessagingSystem> BatchReceive<S> {
    /// Accounts for one message: links to its creation context, with what is particular to the message.
    pub fn add<M: Inbound<S>>(&mut self, received: &Received<M, S>) {
        self.count += 1;
        match &mut self.span {
            Some(span) if span.is_recording() => {
                let elsewhere = !self
                    .destination
                    .as_ref()
                    .is_some_and(|first| received.inbound().info().destination.is_named(first));
                if let Some(link) = link(received, elsewhere) {
                    span.add_link(link);
                }
            }
            Some(_) => {}
            None => {
                self.destination = received.inbound().info().destination.to_name();
                self.span = Some(self.start(received));
            }
        }
    }

    /// The call failed, after the messages so far. Without a message there is no span to say so.
    pub fn fail(&mut self, failure: crate::Failure<'_>) {
        if let Some(mut span) = self.span.take() {
            set_count(&mut span, self.count);
            span.fail(failure);
        }
    }

    fn start<M: Inbound<S>>(&self, first: &Received<M, S>) -> MessageSpan {
        let active = Context::current();
        let info = MessageInfo::to(first.inbound().info().destination);
        let client = &self.client;
        client.guard(client.tracer().start(&Start {
            description: client.describe(Operation::Receive, S::operation_name(Operation::Receive), &info),
            kind: Operation::Receive.span_kind(),
            parent: &active,
            links: Links::Many(&|| link(first, false).into_iter().collect()),
            since: Some(self.since),
        }))
    }
}

impl<S: MessagingSystem> Drop for BatchReceive<S> {
    fn drop(&mut self) {
        if let Some(mut span) = self.span.take() {
            set_count(&mut span, self.count);
            span.end();
        }
    }
}

impl<S: MessagingSystem> fmt::Debug for BatchReceive<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchReceive").field("count", &self.count).finish_non_exhaustive()
    }
}

fn set_count(span: &mut MessageSpan, count: usize) {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    span.set_attribute(semconv::MESSAGING_BATCH_MESSAGE_COUNT, AttributeValue::Int(count));
}

/// The link to one message of a batch, with the attributes that vary from message to message.
fn link<M: Inbound<S>, S: MessagingSystem>(
    received: &Received<M, S>,
    with_destination: bool,
) -> Option<Link> {
    let creation = received.creation();
    let attributes = || {
        let mut list: Vec<KeyValue> = Vec::new();
        received.inbound().info().describe_in_batch(with_destination, &mut list);
        list
    };
    creation.is_valid().then(|| Link::new(creation.span_context(), attributes(), 0))
}

/// The destination that all messages share, if they do.
fn common_destination<M: Inbound<S>, S: MessagingSystem>(batch: &[Received<M, S>]) -> Option<String> {
    let (first, rest) = batch.split_first()?;
    let first = first.inbound().info().destination.to_name()?;
    rest.iter().all(|message| message.inbound().info().destination.is_named(&first)).then_some(first)
}
