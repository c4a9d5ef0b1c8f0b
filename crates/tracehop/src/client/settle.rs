//! Settling.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

use super::client_tracer::ClientTracer;
use super::message_span::MessageSpan;
use super::route::Route;
use super::start::OperationStart;
use crate::context::CreationContext;
use crate::message::{Describe, MessagingSystem, OperationKind};
use crate::observe::Links;
use crate::operation::{Parent, Presence, Situation, decide};

impl<S: MessagingSystem> ClientTracer<S> {
    /// Starts the span of telling the broker what became of a message. `name` is the system's word for it, for
    /// example `ack`.
    ///
    /// Its parent is what is current, else the creation context of the message, which is asked for only then. With
    /// neither there is no span: a settlement alone makes no trace.
    pub fn settle(
        &self,
        name: &'static str,
        message: &impl Describe,
        creation: impl FnOnce() -> CreationContext,
    ) -> MessageSpan {
        let tracer = self.tracer();
        let current = Context::current();
        let is_current = current.span().span_context().is_valid();
        // Nobody will know of it: the headers need not be read.
        if !is_current && tracer.should_skip() {
            return MessageSpan::noop();
        }
        let creation = if is_current { CreationContext::NONE } else { creation() };
        let kind = OperationKind::Settle;
        let route = Route::find(&self.client, kind, name, &message.destination());
        let plan = decide(
            &route.policy,
            Situation {
                kind,
                current: Presence::of(current.span().span_context()),
                creation: Presence::new(creation.is_valid(), creation.is_sampled()),
                is_too_old: false,
                is_processing: false,
            },
        );
        let parent = match plan.parent {
            Parent::Creation => &creation.on(current.clone()),
            Parent::Current | Parent::Root => &current,
        };
        let start =
            OperationStart { message, plan: &plan, parent, base: None, links: Links::NONE, since: None };
        let span = self.start(&route, &start);
        route.keep();
        span
    }
}
