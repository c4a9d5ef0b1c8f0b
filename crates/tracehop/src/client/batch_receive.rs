//! Getting several messages with one call.

use std::time::SystemTime;
use std::{fmt, mem};

use opentelemetry::Context;

use super::batch::{is_of, lasting_name, link, of_several};
use super::client_tracer::ClientTracer;
use super::message_span::MessageSpan;
use super::received::Received;
use super::route::Route;
use super::start::OperationStart;
use crate::message::{Describe, Inbound, MessageInfo, MessagingSystem, OperationKind};
use crate::observe::Links;
use crate::operation::{Failure, decide};

impl<S: MessagingSystem> ClientTracer<S> {
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
                let message = received.message.info();
                let elsewhere = !self.destination.as_ref().is_some_and(|first| is_of(&message, first));
                let kind = OperationKind::Receive;
                let name = S::operation_name(kind);
                let route = Route::find(&self.client.client, kind, name, &message.destination());
                let link = link(received, elsewhere, &route.policy);
                route.keep();
                if let Some(link) = link {
                    span.add_link(link);
                }
            }
            Some(_) => {}
            None => {
                self.destination = lasting_name(&received.message.info());
                self.span = Some(self.start(received));
            }
        }
    }

    /// The call failed, after the messages so far. Without a message there is no span to say so.
    pub fn fail(&mut self, failure: Failure<'_>) {
        if let Some(mut span) = self.span.take() {
            // What is added from now on belongs to another call.
            span.set_message_count(mem::take(&mut self.count));
            span.fail(failure);
        }
    }

    fn start<M: Inbound<S>>(&self, first: &Received<M, S>) -> MessageSpan {
        let current = Context::current();
        let info = first.message.info();
        let destination = info.destination();
        let message = MessageInfo::to(destination);
        let kind = OperationKind::Receive;
        let route = Route::find(&self.client.client, kind, S::operation_name(kind), &destination);
        let plan = decide(&route.policy, of_several(kind, &current));
        let links = || link(first, false, &route.policy).into_iter().collect();
        let start = OperationStart {
            message: &message,
            plan: &plan,
            parent: &current,
            base: None,
            links: Links::Many(&links),
            since: Some(self.since),
        };
        let span = self.client.start(&route, &start);
        route.keep();
        span
    }
}

impl<S: MessagingSystem> Drop for BatchReceive<S> {
    fn drop(&mut self) {
        if let Some(mut span) = self.span.take() {
            span.set_message_count(self.count);
            span.end();
        }
    }
}

impl<S: MessagingSystem> fmt::Debug for BatchReceive<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchReceive").field("count", &self.count).finish_non_exhaustive()
    }
}
