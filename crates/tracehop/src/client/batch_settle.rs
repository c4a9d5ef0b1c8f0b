//! Settling several messages with one call.

use opentelemetry::trace::TraceContextExt;

use super::batch_destination::BatchDestination;
use super::batch_summary::{BatchSummary, Said};
use super::client_tracer::ClientTracer;
use super::message_span::MessageSpan;
use super::received::Received;
use super::route::Route;
use super::settle::processed;
use super::start::OperationStart;
use crate::context::process_record::ProcessedBy;
use crate::context::processing;
use crate::message::{Describe, Inbound, MessageInfo, MessagingSystem, OperationKind};
use crate::observe::{Links, NO_HEADERS};
use crate::operation::{Local, Parent, Presence, Situation, decide};

impl<S: MessagingSystem> ClientTracer<S> {
    /// Starts the span of telling the broker with one call what became of all messages of `batch`. `name` is the system's word for
    /// it, for example `commit`.
    ///
    /// The span links to the creation context of each message; how many links there are at most, and how it is told that there
    /// would be more, says [`process_batch`](crate::process_batch). Its parent is the span in which all of the messages were
    /// processed, if that was one, although it may have ended; else what is current; else the span in which the last of them was
    /// processed; else the creation context of the last. With none of them there is no span: a settlement alone makes no trace.
    /// Nor is there one for no messages.
    pub fn settle_batch<'m, M, I>(&self, name: &'static str, batch: I) -> MessageSpan
    where
        M: Inbound<S> + 'm,
        I: IntoIterator<Item = &'m Received<M, S>>,
        I::IntoIter: Clone,
        S: 'm,
    {
        let batch = batch.into_iter();
        let tracer = self.tracer();
        if tracer.should_skip() {
            return MessageSpan::noop();
        }
        let current = tracer.current();
        let infos = || batch.clone().map(|received| received.message.info());
        let mut others = infos();
        let Some(first) = others.next() else { return MessageSpan::noop() };
        let mut common = BatchDestination::new(first.destination());
        let mut count = 1;
        for info in others {
            count += 1;
            common.add(&info.destination());
        }
        let destination = common.get();
        let kind = OperationKind::Settle;
        let route = Route::find(&self.client, kind, name, &destination);
        // The last one that can be a parent, and one of a sampled trace before others.
        let places = || batch.clone().filter(|received| received.has_place());
        let sampled = places().filter(|received| received.creation().is_sampled()).last();
        let Some(last) = sampled.or_else(|| places().last()).or_else(|| batch.clone().last()) else {
            return MessageSpan::noop();
        };
        let is_current = current.span().span_context().is_valid();
        let by = match process_of_all(batch.clone()) {
            Some(by) => Some(by).filter(|by| !is_current || !processing::is_handler_of(by.span_id())),
            None if is_current => None,
            None => last.processed_by(),
        };
        let mut plan = decide(
            &route.policy,
            Situation {
                kind,
                current: Presence::of(current.span().span_context()),
                creation: Presence::new(last.creation().is_valid(), last.creation().is_sampled()),
                is_only_linked: !last.is_trusted(),
                local: by.map_or(Local::Unknown, processed),
                is_batch: true,
            },
        );
        let parent = match (plan.parent, by) {
            (Parent::Process, Some(by)) => current.with_remote_span_context(by.span_context(last.creation())),
            (Parent::Creation, _) => current.with_remote_span_context(last.creation().span_context()),
            _ => current,
        };
        let message = MessageInfo::to(destination);
        self.filter(&mut plan, &route, &message, NO_HEADERS, &parent);
        let start = OperationStart {
            message: &message,
            plan: &plan,
            parent: &parent,
            base: None,
            links: Links::NONE,
            since: None,
            headers: NO_HEADERS,
        };
        let mut span = self.start(&route, &start);
        span.set_message_count(count);
        if span.is_recording() {
            let said = if common.is_one() { Said::Everything } else { Said::These(&[]) };
            let mut summary = BatchSummary::with_capacity(count, &route.policy);
            for received in batch {
                summary.add_received(received, said, route.policy.plain_batch_links);
            }
            let (attributes, links) = summary.finish();
            span.set_attributes(attributes);
            for link in links {
                span.add_link(link);
            }
        }
        route.keep();
        span
    }
}

impl<M: Inbound<S>, S: MessagingSystem> Received<M, S> {
    /// Whether something may be done below this message: it was processed, or it carried a context that is trusted.
    fn has_place(&self) -> bool {
        self.process.get().is_some() || self.is_trusted() && self.creation().is_valid()
    }
}

/// The span in which all of these messages were processed, if it was one.
fn process_of_all<'m, M, S>(mut batch: impl Iterator<Item = &'m Received<M, S>>) -> Option<ProcessedBy>
where
    M: Inbound<S> + 'm,
    S: MessagingSystem,
{
    let by = batch.next()?.processed_by()?;
    batch.all(|received| received.processed_by() == Some(by)).then_some(by)
}
