//! Sending.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};

use super::client_tracer::ClientTracer;
use super::message_span::MessageSpan;
use super::route::Route;
use super::start::OperationStart;
use crate::carrier::CarrierMut;
use crate::context::processing;
use crate::message::{Describe, MessagingSystem, OperationKind};
use crate::observe::Links;
use crate::operation::{Presence, Situation, decide};
use crate::semconv;

impl<S: MessagingSystem> ClientTracer<S> {
    /// Starts the span of a send, child of the current context, and puts its context into the message's headers.
    ///
    /// A creation context that is already there is kept or replaced as [`Existing`](crate::Existing) says. If the transport
    /// refuses the headers, the span gets an event `tracehop.header_refused`, the problem is counted, and the message is sent
    /// without them.
    #[inline]
    pub fn send(&self, message: &impl Describe, carrier: &mut (impl CarrierMut + ?Sized)) -> MessageSpan {
        self.send_as(S::operation_name(OperationKind::Send), message, carrier)
    }

    /// [`send`](Self::send) under another of the system's words, for example `request`.
    pub fn send_as(
        &self,
        name: &'static str,
        message: &impl Describe,
        carrier: &mut (impl CarrierMut + ?Sized),
    ) -> MessageSpan {
        let tracer = self.tracer();
        let skips_span = tracer.source().should_skip();
        // Nobody will see the operation, and there is nothing to pass on: the message goes as it is.
        if skips_span && tracer.observers().is_empty() && Context::map_current(is_empty) {
            return MessageSpan::noop();
        }
        let current = Context::current();
        // What is wrong with these headers is no problem of a message: they are about to be written.
        let existing = tracer.propagator().extract_existing(carrier);
        let kind = OperationKind::Send;
        let route = Route::find(&self.client, kind, name, &message.destination());
        let current_span = current.span();
        let current_span = current_span.span_context();
        let mut plan = decide(
            &route.policy,
            Situation {
                kind,
                current: Presence::of(current_span),
                creation: Presence::new(existing.is_valid(), existing.is_sampled()),
                is_too_old: false,
                is_processing: existing.is_valid() && processing::is_processing(&existing),
            },
        );
        plan.makes_span &= !skips_span;
        let start = OperationStart {
            message,
            plan: &plan,
            parent: &current,
            base: None,
            links: Links::Few { creation: plan.links_creation.then_some(&existing), current: None },
            since: None,
        };
        let mut span = self.start(&route, &start);
        route.keep();
        if !plan.keeps_headers {
            let written = span.slot().with_span_context(|own| {
                // Without a span of its own the message passes on what is current.
                tracer.write(own.unwrap_or(current_span), &current, existing.is_valid(), carrier)
            });
            if let Err(error) = written
                && span.is_recording()
            {
                let reason = KeyValue::new(semconv::TRACEHOP_REASON, error.to_string());
                span.add_event(semconv::TRACEHOP_HEADER_REFUSED, vec![reason]);
            }
        }
        span
    }
}

/// Whether a context holds nothing that a message could carry.
#[inline]
fn is_empty(cx: &Context) -> bool {
    !cx.has_active_span() && cx.baggage().is_empty()
}
