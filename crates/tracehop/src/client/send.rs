//! Sending.

use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::{Link, SpanContext, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use super::client_tracer::ClientTracer;
use super::forward::Forwarding;
use super::message_span::MessageSpan;
use super::route::Route;
use super::start::OperationStart;
use crate::carrier::CarrierMut;
use crate::context::CreationContext;
use crate::context::handled::Handling;
use crate::context::process_record::ProcessedBy;
use crate::context::processing::{self, Id};
use crate::message::{Describe, MessagingSystem, OperationKind};
use crate::observe::{Headers, Links, NO_HEADERS};
use crate::operation::{Local, Parent, Plan, Presence, Situation, decide};
use crate::propagation::{Problems, PropagationOutcome};
use crate::semconv;
use crate::tracer::{MessagingTracer, OnMessage};

/// Who sends a message.
pub(super) struct Sender<'a> {
    /// A send of one message, or the creation of one of many.
    pub(super) kind: OperationKind,
    pub(super) name: &'static str,
    /// The context that the span belongs below.
    pub(super) current: &'a Context,
    /// The context in which the client was called.
    pub(super) active: &'a Context,
    /// Nobody makes spans.
    pub(super) skips_span: bool,
    /// The call that sends several messages has a span.
    pub(super) has_call: bool,
}

impl<S: MessagingSystem> ClientTracer<S> {
    /// Starts the span of a send, child of the current context, and puts its context into the message's headers.
    ///
    /// A creation context that is already there is kept or replaced as [`Existing`](crate::Existing) says. If it is that of a
    /// message which this process handled lately, and the send is not part of that, the span is a child of the one in which the
    /// message was processed.
    ///
    /// If the transport refuses the headers, the span gets an event `tracehop.header_refused`, the problem is counted, and the
    /// message is sent without them.
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
        let particular = if self.tracer().policies().varies_headers() {
            self.particular(OperationKind::Send, name, &message.destination())
        } else {
            None
        };
        let this = particular.as_ref().unwrap_or(self);
        let tracer = this.tracer();
        // Nobody will see the operation, and there is nothing to pass on: the message goes as it is.
        let has_to_look = tracer.strips() || tracer.handled().has_distrusted();
        let skips_span = tracer.source().should_skip();
        if skips_span && !tracer.is_watched() && !has_to_look && Context::map_current(is_empty) {
            return MessageSpan::noop();
        }
        if tracer.is_off() {
            return this.start_unread(OperationKind::Send, name, message);
        }
        let current = tracer.current();
        let kind = OperationKind::Send;
        let sender = Sender { kind, name, current: &current, active: &current, skips_span, has_call: false };
        this.outgoing(&sender, message, carrier, |_| {})
    }

    /// Decides about a message on its way out, starts its span, and writes the context. `linked` is told the
    /// context that the call is to link to, if the message has no span to do so: one that stays on it, or where it comes from.
    #[expect(clippy::inline_always, reason = "as for `decide`: each caller knows the kind")]
    #[inline(always)]
    pub(super) fn outgoing(
        &self,
        sender: &Sender<'_>,
        message: &impl Describe,
        carrier: &mut (impl CarrierMut + ?Sized),
        linked: impl FnOnce(CreationContext),
    ) -> MessageSpan {
        let Sender { kind, name, current, active, skips_span, has_call } = *sender;
        let tracer = self.tracer();
        let found = OnMessage::find(tracer, carrier);
        let existing = &found.creation;
        let is_there = existing.is_valid() || found.is_foreign;
        let route = Route::find(&self.client, kind, name, &message.destination());
        let (local, by) = if is_there {
            local(tracer, found.id, active.span().span_context())
        } else {
            (Local::Unknown, None)
        };
        // The span of the call is nobody's work: what was received goes on where it came from.
        let around = if kind == OperationKind::Create && local == Local::Received { active } else { current };
        let mut plan = decide(
            &route.policy,
            Situation {
                kind,
                current: Presence::of(around.span().span_context()),
                creation: Presence::new(is_there, existing.is_sampled()),
                is_only_linked: false,
                local,
                is_batch: false,
            },
        );
        plan.makes_span &= !skips_span;
        let headers: Headers<'_> = &|f| f(&&*carrier);
        let relayed = relay_context(&plan, existing, by, current);
        let parent = relayed.as_ref().unwrap_or(current);
        self.filter(&mut plan, &route, message, headers, parent);
        let start = OperationStart {
            message,
            plan: &plan,
            parent,
            base: None,
            links: Links::Few {
                creation: Some(existing).filter(|existing| plan.links_creation && existing.is_valid()),
                current: plan.links_current.then_some(current),
            },
            since: None,
            headers,
        };
        let mut span = self.start(&route, &start);
        if kind == OperationKind::Send
            && span.is_recording()
            && let Some(Forwarding { link: Some(link), .. }) = parent.get()
        {
            span.add_link(Link::with_context(link.clone()));
        }
        // Without a span of its own it carries the context of the call.
        let is_the_calls = has_call && !plan.makes_span;
        let passing = if is_the_calls { current } else { parent };
        let mut outcome = PropagationOutcome::Kept;
        let mut problems = Problems::default();
        if tracer.strips() || !plan.keeps_headers {
            let written = span.slot().with_span_context(|own| {
                // Without a span of its own the message passes on what is current.
                let passed_on = passing.span();
                tracer.write(own.unwrap_or(passed_on.span_context()), passing, &found, carrier)
            });
            (outcome, problems) = (written.outcome, written.problems);
            if let Some(error) = written.refused
                && span.is_recording()
            {
                let reason = KeyValue::new(semconv::TRACEHOP_REASON, error.to_string());
                span.add_event(semconv::TRACEHOP_HEADER_REFUSED, vec![reason]);
            }
        }
        if let Some(series) = route.series.as_ref().filter(|_| !current.is_telemetry_suppressed()) {
            series.propagated(outcome, problems);
        }
        route.keep();
        if plan.keeps_headers && local == Local::Unknown && tracer.source().is_awake() {
            tracer.handled().sent_row(Id::of(existing));
            if tracer.handled().has_distrusted() {
                tracer.handled().sent_row(tracer.propagator().content(carrier).id());
            }
        }
        match &relayed {
            _ if plan.keeps_headers => linked(found.creation),
            Some(relayed) if is_the_calls => {
                linked(CreationContext::of_span(relayed.span().span_context()));
            }
            None if is_the_calls && plan.links_creation => linked(found.creation),
            _ => {}
        }
        span
    }
}

impl<S: MessagingSystem> ClientTracer<S> {
    /// A send whose headers are left alone: metrics and observers are told of it.
    #[cold]
    pub(super) fn start_unread(
        &self,
        kind: OperationKind,
        name: &'static str,
        message: &impl Describe,
    ) -> MessageSpan {
        let current = self.tracer().current();
        let route = Route::find(&self.client, kind, name, &message.destination());
        let situation = Situation {
            kind,
            current: Presence::of(current.span().span_context()),
            creation: Presence::Absent,
            is_only_linked: false,
            local: Local::Unknown,
            is_batch: false,
        };
        let mut plan = decide(&route.policy, situation);
        self.filter(&mut plan, &route, message, NO_HEADERS, &current);
        let start = OperationStart {
            message,
            plan: &plan,
            parent: &current,
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

/// What this process has to do with the message that brought a context, and the span in which it was processed.
fn local(tracer: &MessagingTracer, id: Id, current: &SpanContext) -> (Local, Option<ProcessedBy>) {
    // The current span's own, or the handler's, inside of which another span may be current: nobody else made this message.
    if id.span_id == current.span_id() && id.trace_id == current.trace_id()
        || processing::is_handler_of(id.span_id)
    {
        return (Local::Current, None);
    }
    if processing::is_processing(id) {
        return (Local::Processing, None);
    }
    match tracer.handled().find(id) {
        None => (Local::Unknown, None),
        Some(Handling::Received) => (Local::Received, None),
        Some(Handling::Distrusted) => (Local::Distrusted, None),
        Some(Handling::Processed(by)) => {
            let is_current = by.span_id() == current.span_id();
            (Local::Processed { is_sampled: by.is_sampled(), is_current }, Some(by))
        }
    }
}

/// The context in which a message is sent on, if it is not the current one: the span of the message that is sent on, and its
/// baggage.
fn relay_context(
    plan: &Plan,
    creation: &CreationContext,
    by: Option<ProcessedBy>,
    current: &Context,
) -> Option<Context> {
    let values = || creation.values_on(current.clone());
    match (plan.parent, by) {
        (Parent::Process, Some(by)) if by.is_distrusting() => {
            Some(current.with_remote_span_context(by.span_context(&CreationContext::NONE)))
        }
        (Parent::Process, Some(by)) => Some(values().with_remote_span_context(by.span_context(creation))),
        (Parent::Creation, _) => Some(creation.remote_on(values())),
        _ => None,
    }
}

/// Whether a context holds nothing that a message could carry.
#[inline]
pub(super) fn is_empty(cx: &Context) -> bool {
    !cx.has_active_span() && cx.baggage().is_empty()
}
