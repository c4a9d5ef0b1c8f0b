//! Several messages at once: one span with a link to each.
//!
//! A batch has many creation contexts and no one parent, so it only ever links, whatever the
//! [`Correlation`](crate::Correlation).

use std::cell::{Cell, OnceCell};
use std::future::Future;

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};

use super::batch_destination::BatchDestination;
use super::batch_summary::{BatchSummary, Said};
use super::client_tracer::ClientTracer;
use super::process_span::ProcessSpan;
use super::received::Received;
use super::route::Route;
use super::start::OperationStart;
use crate::context::processing::Ids;
use crate::message::{Describe, Destination, Inbound, MessageAttributes, MessagingSystem, OperationKind};
use crate::observe::{Links, NO_HEADERS};
use crate::operation::{Local, Outcome, Presence, Situation, decide};
use crate::propagation::Trust;

/// Runs a handler inside one span of processing all of `batch`, which links to each message's creation context. An empty
/// batch makes no span.
///
/// What is equal on all messages stands on the span, for example the partition; what varies stands on the links. Messages
/// that one span created share a link. A span has at most 128 links, or as many as
/// [`max_batch_links`](crate::MessagingTracerBuilder::max_batch_links) says: how many messages' contexts found no room is the
/// attribute `tracehop.batch.links_dropped`. How many messages carried a context that could not be read is
/// `tracehop.batch.contexts_unreadable`.
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

/// [`process_batch`] for a handler that blocks.
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
/// # let tracer = MessagingTracer::global();
/// # let batch = [(); 3].map(|()| tracer.receive::<Mail, _>(Letter(MemoryHeaders::new())));
/// let stored: Result<usize, String> = tracehop::process_batch_blocking(&batch, || Ok(batch.len()));
/// assert_eq!(stored, Ok(3));
/// ```
pub fn process_batch_blocking<M, S, T>(batch: &[Received<M, S>], handler: impl FnOnce() -> T) -> T
where
    M: Inbound<S>,
    S: MessagingSystem,
    T: Outcome,
{
    let Some(first) = batch.first() else { return handler() };
    let span = first.client_tracer().process_batch(batch);
    let output = span.in_scope(handler);
    span.finish(&output);
    output
}

impl<S: MessagingSystem> ClientTracer<S> {
    /// Starts the span of processing all of `batch`; see [`process_batch`].
    pub fn process_batch<M: Inbound<S>>(&self, batch: &[Received<M, S>]) -> ProcessSpan {
        let current = self.tracer().current();
        let (first, others) =
            batch.split_first().map_or((None, batch), |(first, others)| (Some(first), others));
        let first = first.map(|first| first.message.info());
        let mut common =
            BatchDestination::new(first.as_ref().map_or(Destination::none(), Describe::destination));
        for message in others {
            common.add(&message.message.info().destination());
        }
        let destination = common.get();
        let kind = OperationKind::Process;
        let route = Route::find(&self.client, kind, S::operation_name(kind), &destination);
        let mut plan = decide(&route.policy, of_several(kind, &current));
        let said = if common.is_one() { Said::Everything } else { Said::These(&[]) };
        // The messages are looked at once, and only if the span shows what they say.
        let summary = OnceCell::new();
        let summarize = || {
            summary.get_or_init(|| {
                let mut summary = BatchSummary::with_capacity(batch.len(), &route.policy);
                for each in batch {
                    summary.add_received(each, said, route.policy.plain_batch_links);
                }
                let (attributes, links) = summary.finish();
                (attributes, Cell::new(links))
            })
        };
        let message = BatchMessage { destination, attributes: &|| summarize().0.clone() };
        let links = || summarize().1.take();
        self.filter(&mut plan, &route, &message, NO_HEADERS, &current);
        let start = OperationStart {
            message: &message,
            plan: &plan,
            parent: &current,
            base: Some(&current),
            links: Links::Many(&links),
            since: None,
            headers: NO_HEADERS,
        };
        let mut span = self.start(&route, &start);
        let scope = self.tracer().handler_scope(S::NAME, span.is_recording(), || route.label.clone());
        route.keep();
        span.run_in_if_absent(|| current.clone());
        span.set_message_count(batch.len());
        let ids = Ids::Batch(batch.iter().map(Received::id).collect());
        if let Some(by) = span.folded() {
            let by = if self.tracer().trust() == Trust::Full { by } else { by.distrusting() };
            for message in batch {
                message.remember(&by);
            }
            self.tracer().handled().processed(ids.as_slice(), &by);
        }
        ProcessSpan::new(span, ids, scope)
    }
}

/// What is known when an operation on several messages starts: they have no one creation context.
pub(super) fn of_several(kind: OperationKind, current: &Context) -> Situation {
    Situation {
        kind,
        current: Presence::of(current.span().span_context()),
        creation: Presence::Absent,
        is_only_linked: false,
        local: Local::Unknown,
        is_batch: true,
    }
}

/// What the span of several messages says of all of them.
pub(super) struct BatchMessage<'a> {
    pub(super) destination: Destination<'a>,
    pub(super) attributes: &'a dyn Fn() -> Vec<KeyValue>,
}

impl Describe for BatchMessage<'_> {
    fn destination(&self) -> Destination<'_> {
        self.destination
    }

    fn attributes(&self, attributes: &mut MessageAttributes<'_>) {
        let MessageAttributes(list) = attributes;
        for attribute in (self.attributes)() {
            // What the destination says is there already.
            if !list.contains(&attribute) {
                list.push(attribute);
            }
        }
    }
}
