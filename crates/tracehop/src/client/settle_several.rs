//! Settling several messages at once.

use opentelemetry::trace::{SpanContext, TraceContextExt};

use super::client_tracer::ClientTracer;
use super::message_span::MessageSpan;
use crate::context::CreationContext;
use crate::message::{Describe, MessagingSystem, OperationKind};

impl<S: MessagingSystem> ClientTracer<S> {
    /// [`settle`](Self::settle) for what settles several messages at once and belongs to no single one, for example the commit of
    /// a transaction.
    ///
    /// Its parent is what is current. Without that it is `otherwise`, also if that has ended: a span of what is settled. With
    /// neither there is no span.
    pub fn settle_several(
        &self,
        name: &'static str,
        message: &impl Describe,
        otherwise: &SpanContext,
    ) -> MessageSpan {
        let current = self.tracer().current();
        let is_root = !current.span().span_context().is_valid();
        // A context that was attached goes before all that a bridge knows.
        let _attached = (is_root && otherwise.is_valid())
            .then(|| current.with_remote_span_context(otherwise.clone()).attach());
        self.settle(name, message, || CreationContext::NONE)
    }

    /// How many links the span of several messages has at most, as
    /// [`MessagingTracerBuilder::max_batch_links`](crate::MessagingTracerBuilder::max_batch_links) says: for an adapter that
    /// remembers what to link to until the span is made.
    pub fn max_batch_links(&self) -> usize {
        self.tracer().policies().policy(None, OperationKind::Settle).max_batch_links
    }
}
