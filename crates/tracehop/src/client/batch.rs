//! Several messages at once: one span with a link to each.
//!
//! A batch has many creation contexts and no one parent, so it only ever links, whatever the
//! [`Correlation`](crate::Correlation).

use std::future::Future;

use opentelemetry::trace::{Link, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use super::client_tracer::ClientTracer;
use super::process_span::ProcessSpan;
use super::received::Received;
use super::route::Route;
use super::start::OperationStart;
use crate::context::processing::{Id, Ids};
use crate::message::{
    Describe, Destination, Inbound, InternedStr, MessageAttributes, MessageInfo, MessagingSystem,
    OperationKind,
};
use crate::observe::Links;
use crate::operation::{Local, Outcome, Presence, Situation, decide};
use crate::policy::Policy;
use crate::semconv;

/// Runs a handler inside one span of processing all of `batch`, which links to each message's creation context. An empty
/// batch makes no span.
///
/// The span's parent is what is current; no message's baggage becomes current, because they may differ. The handler's own
/// result comes back unchanged.
///
/// # Cancel safety
///
/// As for [`ProcessSpan::run`].
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
        let current = Context::current();
        let name = common_destination(batch);
        let destination = name.as_deref().map_or(Destination::none(), Destination::named);
        let message = MessageInfo::to(destination);
        let kind = OperationKind::Process;
        let route = Route::find(&self.client, kind, S::operation_name(kind), &destination);
        let plan = decide(&route.policy, of_several(kind, &current));
        let links = || {
            let mut links = Vec::with_capacity(batch.len());
            links.extend(batch.iter().filter_map(|each| link(each, name.is_none(), &route.policy)));
            links
        };
        let start = OperationStart {
            message: &message,
            plan: &plan,
            parent: &current,
            base: Some(&current),
            links: Links::Many(&links),
            since: None,
        };
        let mut span = self.start(&route, &start);
        route.keep();
        span.run_in_if_absent(|| current.clone());
        span.set_message_count(batch.len());
        let ids = batch.iter().map(|message| Id::of(message.creation())).collect();
        ProcessSpan::new(span, Ids::Batch(ids), self.tracer().handled())
    }
}

/// What is known when an operation on several messages starts: they have no one creation context.
pub(super) fn of_several(kind: OperationKind, current: &Context) -> Situation {
    Situation {
        kind,
        current: Presence::of(current.span().span_context()),
        creation: Presence::Absent,
        is_too_old: false,
        local: Local::Unknown,
    }
}

/// The link to one message of a batch, with the attributes that vary from message to message.
pub(super) fn link<M: Inbound<S>, S: MessagingSystem>(
    received: &Received<M, S>,
    with_destination: bool,
    policy: &Policy,
) -> Option<Link> {
    let creation = received.creation();
    let attributes = || {
        let mut list: Vec<KeyValue> = Vec::new();
        let message = received.message.info();
        if with_destination {
            list.extend(name_of(&message.destination()));
        }
        message.attributes(&mut MessageAttributes(&mut list));
        list
    };
    creation.is_valid().then(|| {
        let attributes = if policy.plain_batch_links { Vec::new() } else { attributes() };
        Link::new(creation.span_context(), attributes, 0)
    })
}

/// The destination's name as an attribute.
fn name_of(destination: &Destination<'_>) -> Option<KeyValue> {
    let name = destination.name.to_text()?;
    let value = if destination.is_lasting() { InternedStr::new(&name).value() } else { name.into() };
    Some(KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, value))
}

/// The name of a destination, if it may stand in a span's name.
pub(super) fn lasting_name(message: &impl Describe) -> Option<String> {
    let destination = message.destination();
    destination.name.to_text().filter(|_| destination.is_lasting())
}

/// Whether a message goes to or comes from the destination of this name.
pub(super) fn is_of(message: &impl Describe, name: &str) -> bool {
    let destination = message.destination();
    destination.is_lasting() && destination.name.is(Some(name))
}

/// The destination that all messages share, if they do.
fn common_destination<M: Inbound<S>, S: MessagingSystem>(batch: &[Received<M, S>]) -> Option<String> {
    let (first, rest) = batch.split_first()?;
    let first = lasting_name(&first.message.info())?;
    rest.iter().all(|message| is_of(&message.message.info(), &first)).then_some(first)
}
