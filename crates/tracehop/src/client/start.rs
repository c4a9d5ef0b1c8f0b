//! The start of an operation: its span, if there is one, and all others who watch it.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::{Context, KeyValue, Value, time};

use super::client_tracer::{Client, ClientTracer};
use super::forward::Forwarding;
use super::message_span::MessageSpan;
use super::route::Route;
use crate::message::{Describe, InternedStr, MessageAttributes, MessagingSystem, OperationKind};
use crate::observe::{
    Headers, HookMessage, Links, Metered, Observed, Observer, OperationFacts, Series, SpanRequest, SpanSlot,
    StartedOperation,
};
use crate::operation::{ErrorNames, Plan};
use crate::semconv;

/// Room for every attribute an operation may get, so that those known only at its end do not move the list.
const ATTRIBUTES: usize = 16;

/// An operation that is to start as planned.
pub(super) struct OperationStart<'a> {
    pub(super) message: &'a dyn Describe,
    pub(super) plan: &'a Plan,
    /// The context of the span's parent.
    pub(super) parent: &'a Context,
    /// The context that a handler is to run in, less the span.
    pub(super) base: Option<&'a Context>,
    pub(super) links: Links<'a>,
    /// When it started, if that was earlier.
    pub(super) since: Option<SystemTime>,
    /// The message's headers, for what looks at them.
    pub(super) headers: Headers<'a>,
}

impl<S: MessagingSystem> ClientTracer<S> {
    #[inline]
    pub(super) fn start(&self, route: &Route, start: &OperationStart<'_>) -> MessageSpan {
        let tracer = self.tracer();
        let observers = tracer.observers();
        let OperationStart { plan, parent, base, ref links, since, .. } = *start;
        // In a suppressed scope telemetry is sent: telling of it would make more of it, without end.
        let is_timed = (route.series.is_some() || !observers.is_empty()) && !parent.is_telemetry_suppressed();
        if !plan.makes_span && !is_timed {
            return MessageSpan::noop();
        }
        // One reading of the clock for all who want to know.
        let started = if is_timed { Some(since.unwrap_or_else(time::now)) } else { since };
        let slot = if plan.makes_span {
            let facts = facts(&self.client, route);
            let request = SpanRequest {
                name: self.span_name(route, start),
                kind: plan.kind.clone(),
                parent,
                base,
                links,
                attributes: &|| attributes(&self.client, route, start),
                sampler_sees_all: route.policy.sampler_sees_all,
                start_time: started,
            };
            observers.spans().start(&StartedOperation { facts, started, span: Some(&request) })
        } else {
            SpanSlot::Absent
        };
        let (observed, metered) = match started {
            Some(started) if is_timed => self.watch(route, start, started),
            _ => (None, None),
        };
        MessageSpan::new(slot, ErrorNames::of::<S>(tracer.error_types()), observed, metered)
    }

    /// Tells whoever watches beside the span.
    fn watch(
        &self,
        route: &Route,
        start: &OperationStart<'_>,
        started: SystemTime,
    ) -> (Option<Box<Observed>>, Option<Metered>) {
        let observers = self.tracer().observers();
        let observed = (!observers.is_empty())
            .then(|| Observed::start(observers, facts(&self.client, route), route.label.clone(), started));
        let metered = route.series.as_ref().map(|series| {
            self.tracer().metrics().follow(started);
            let mut metered = metered(series, start.message, started);
            // The send of the batch has a duration, and each of its messages is counted.
            if route.kind == OperationKind::Create {
                metered.count_only();
            }
            metered
        });
        (observed, metered)
    }

    #[inline]
    fn span_name(&self, route: &Route, start: &OperationStart<'_>) -> Cow<'static, str> {
        let hooks = self.tracer().hooks();
        let name =
            if hooks.has_span_name() { hooks.span_name(&hooked(&self.client, route, start)) } else { None };
        name.unwrap_or_else(|| route.span_name.clone())
    }

    /// Plans no span for a message that the application wants none for.
    #[inline]
    pub(super) fn filter(
        &self,
        plan: &mut Plan,
        route: &Route,
        message: &dyn Describe,
        headers: Headers<'_>,
        cx: &Context,
    ) {
        // Under a policy that came since, there would be a span of which the message does not know.
        plan.makes_span &= !self.tracer().is_off();
        let hooks = self.tracer().hooks();
        if hooks.has_filters() && plan.makes_span {
            let facts = facts(&self.client, route);
            plan.makes_span = hooks.wants(&HookMessage { facts, message, headers, cx });
        }
    }
}

#[inline]
fn facts<'a>(client: &'a Client, route: &'a Route) -> OperationFacts<'a> {
    OperationFacts {
        system: client.system,
        kind: route.kind,
        name: route.operation,
        destination: route.label.as_ref().map(InternedStr::as_str),
        client: &client.facts,
    }
}

fn hooked<'a>(client: &'a Client, route: &'a Route, start: &OperationStart<'a>) -> HookMessage<'a> {
    let OperationStart { message, parent, base, headers, .. } = *start;
    HookMessage { facts: facts(client, route), message, headers, cx: base.unwrap_or(parent) }
}

#[inline]
fn metered(series: &Arc<Series>, message: &dyn Describe, started: SystemTime) -> Metered {
    let mut metered = Metered::start(series, started);
    if series.asks_for_partitions()
        && let Some(partition) = partition(message)
    {
        metered.set_partition(|| partition);
    }
    metered
}

/// The partition of a message, if it says so.
#[cold]
pub(super) fn partition(message: &dyn Describe) -> Option<Value> {
    let mut list = Vec::new();
    message.attributes(&mut MessageAttributes(&mut list));
    let is_partition =
        |attribute: &KeyValue| attribute.key.as_str() == semconv::MESSAGING_DESTINATION_PARTITION_ID;
    list.into_iter().find(is_partition).map(|attribute| attribute.value)
}

/// What a span says of its message and its client.
fn attributes(client: &Client, route: &Route, start: &OperationStart<'_>) -> Vec<KeyValue> {
    let message = start.message;
    let mut list = Vec::with_capacity(ATTRIBUTES);
    list.push(KeyValue::new(semconv::MESSAGING_SYSTEM, client.system));
    list.push(KeyValue::new(semconv::MESSAGING_OPERATION_NAME, route.operation));
    list.push(KeyValue::new(semconv::MESSAGING_OPERATION_TYPE, route.kind.as_str()));
    let destination = message.destination();
    if destination.is_lasting() {
        let name = route.label.as_ref().map(InternedStr::value);
        list.extend(name.map(|name| KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, name)));
    } else {
        MessageAttributes(&mut list).destination(&destination);
    }
    message.attributes(&mut MessageAttributes(&mut list));
    if let Some(Forwarding { attempts, .. }) =
        start.parent.get().filter(|_| route.kind == OperationKind::Send)
    {
        list.push(KeyValue::new(semconv::TRACEHOP_MESSAGE_ATTEMPTS, i64::from(*attempts)));
    }
    add_facts(client, route, &mut list);
    let stages = client.tracer.stages();
    if !stages.is_empty() {
        let hooked = hooked(client, route, start);
        for stage in stages {
            stage.apply(&hooked, &route.policy, &mut list);
        }
    }
    list
}

fn add_facts(client: &Client, route: &Route, list: &mut Vec<KeyValue>) {
    let facts = &client.facts;
    if let Some(id) = &facts.client_id {
        list.push(KeyValue::new(semconv::MESSAGING_CLIENT_ID, id.value()));
    }
    if let Some(group) = facts.consumer_group.as_ref().filter(|_| route.kind.is_consuming()) {
        list.push(KeyValue::new(semconv::MESSAGING_CONSUMER_GROUP_NAME, group.value()));
    }
    if let Some(address) = &facts.server_address {
        list.push(KeyValue::new(semconv::SERVER_ADDRESS, address.value()));
    }
    if let Some(port) = facts.server_port {
        list.push(KeyValue::new(semconv::SERVER_PORT, i64::from(port)));
    }
    if let Some((key, value)) = client.late.get() {
        list.push(KeyValue::new(*key, value.value()));
    }
}
