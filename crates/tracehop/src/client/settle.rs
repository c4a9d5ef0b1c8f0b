//! Settling.

use opentelemetry::trace::TraceContextExt;

use super::client_tracer::ClientTracer;
use super::message_span::MessageSpan;
use super::received::Received;
use super::route::Route;
use super::start::OperationStart;
use crate::context::CreationContext;
use crate::context::ProcessRecord;
use crate::context::handled::Handling;
use crate::context::process_record::ProcessedBy;
use crate::context::processing::{self, Id};
use crate::message::{Describe, MessagingSystem, OperationKind};
use crate::observe::{Links, NO_HEADERS};
use crate::operation::{Local, Parent, Presence, Situation, decide};
use crate::propagation::Trust;
use crate::tracer::MessagingTracer;

impl<S: MessagingSystem> ClientTracer<S> {
    /// Starts the span of telling the broker what became of a message. `name` is the system's word for it, for
    /// example `ack`. `creation` reads the message's creation context, and is only called if it matters.
    ///
    /// Its parent is the span in which the message was processed, also if that has ended. Without one it is what is current, and
    /// without that the creation context of the message. With none of them there is no span: a settlement alone makes no trace.
    pub fn settle(
        &self,
        name: &'static str,
        message: &impl Describe,
        creation: impl FnOnce() -> CreationContext,
    ) -> MessageSpan {
        self.settle_recorded(name, message, None, creation)
    }

    /// [`settle`](Self::settle) for a message that is at hand as it was received.
    pub fn settle_received<M>(
        &self,
        name: &'static str,
        message: &impl Describe,
        received: &Received<M, S>,
    ) -> MessageSpan {
        self.settle_recorded(name, message, Some(&received.process), || received.creation().clone())
    }

    /// [`settle`](Self::settle) for a message that remembers by itself where it was processed.
    pub fn settle_recorded(
        &self,
        name: &'static str,
        message: &impl Describe,
        record: Option<&ProcessRecord>,
        creation: impl FnOnce() -> CreationContext,
    ) -> MessageSpan {
        if self.tracer().policies().varies_headers()
            && let Some(particular) = self.particular(OperationKind::Settle, name, &message.destination())
        {
            return particular.settle_recorded(name, message, record, creation);
        }
        let tracer = self.tracer();
        // Nobody will know of it: the headers need not be read.
        if tracer.should_skip() {
            return MessageSpan::noop();
        }
        let current = tracer.current();
        let by = record.and_then(ProcessRecord::get);
        let is_current = current.span().span_context().is_valid();
        let is_handler = is_current && by.is_some_and(|by| processing::is_handler_of(by.span_id()));
        // Inside of the handler it is a child of what is current there, whatever the message carried.
        let creation = if is_handler { CreationContext::NONE } else { creation() };
        let (local, by) = match by {
            Some(_) if is_handler => (Local::Processing, None),
            // Another handler of the same message, which goes on while one that began later wrote down its span.
            Some(_) if is_current && creation.is_valid() && processing::is_processing(Id::of(&creation)) => {
                (Local::Processing, None)
            }
            Some(by) => (processed(by), Some(by)),
            None => local(tracer, &creation),
        };
        let kind = OperationKind::Settle;
        let route = Route::find(&self.client, kind, name, &message.destination());
        let mut plan = decide(
            &route.policy,
            Situation {
                kind,
                current: Presence::of(current.span().span_context()),
                creation: Presence::new(creation.is_valid(), creation.is_sampled()),
                is_only_linked: tracer.trust() != Trust::Full,
                local,
                is_batch: false,
            },
        );
        let parent = match (plan.parent, by) {
            (Parent::Creation, _) => &creation.on(current),
            (Parent::Process, Some(by)) => {
                &creation.values_on(current).with_remote_span_context(by.span_context(&creation))
            }
            _ => &current,
        };
        self.filter(&mut plan, &route, message, NO_HEADERS, parent);
        let start = OperationStart {
            message,
            plan: &plan,
            parent,
            base: None,
            links: Links::NONE,
            since: None,
            headers: NO_HEADERS,
        };
        let span = self.start(&route, &start);
        route.keep();
        span
    }
}

/// Whether this task, or this process lately, processed the message that `creation` made.
fn local(tracer: &MessagingTracer, creation: &CreationContext) -> (Local, Option<ProcessedBy>) {
    if !creation.is_valid() {
        return (Local::Unknown, None);
    }
    let id = Id::of(creation);
    if processing::is_processing(id) {
        return (Local::Processing, None);
    }
    match tracer.handled().find(id).and_then(Handling::processed) {
        Some(by) => (processed(by), Some(by)),
        None => (Local::Unknown, None),
    }
}

/// What is current does not matter to a settlement after the handler.
pub(super) fn processed(by: ProcessedBy) -> Local {
    Local::Processed { is_sampled: by.is_sampled(), is_current: false }
}
