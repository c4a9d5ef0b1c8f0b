//! Getting several messages with one call.

use std::time::SystemTime;
use std::{fmt, mem};

use opentelemetry::KeyValue;

use super::batch::of_several;
use super::batch_summary::{BatchSummary, Said};
use super::client_tracer::ClientTracer;
use super::message_span::MessageSpan;
use super::received::Received;
use super::route::Route;
use super::start::OperationStart;
use crate::message::{
    Describe, Destination, Inbound, MessageAttributes, MessageInfo, MessagingSystem, OperationKind,
};
use crate::observe::{Links, NO_HEADERS};
use crate::operation::{Failure, decide};

impl<S: MessagingSystem> ClientTracer<S> {
    /// The span of getting several messages with one call, which began at `since`. It starts with the first message:
    /// getting none makes no span.
    pub fn receive_batch(&self, since: SystemTime) -> BatchReceive<S> {
        BatchReceive { client: self.clone(), since, span: None, said: Vec::new(), summary: None, count: 0 }
    }
}

/// The span of getting several messages at once, kind CLIENT. It ends when this is dropped.
///
/// Its destination is that of the first message. Everything else that the messages say is known at the end: what is equal on
/// all of them is then set on the span, and what varies stands on the links, also another destination than the first one's.
/// Messages that one span created share a link. How many links there are at most, and how it is
/// told that there would be more, says [`process_batch`](crate::process_batch).
pub struct BatchReceive<S: MessagingSystem> {
    client: ClientTracer<S>,
    since: SystemTime,
    span: Option<MessageSpan>,
    /// What the span said of the first message's destination when it started.
    said: Vec<KeyValue>,
    /// Only there if the span records.
    summary: Option<Box<BatchSummary>>,
    count: usize,
}

impl<S: MessagingSystem> BatchReceive<S> {
    /// Accounts for one message: links to its creation context, with what is particular to the message.
    pub fn add<M: Inbound<S>>(&mut self, received: &Received<M, S>) {
        self.count += 1;
        let is_recording = match &self.span {
            Some(span) => span.is_recording(),
            None => self.start(&received.message.info()),
        };
        if is_recording {
            let message = received.message.info();
            let kind = OperationKind::Receive;
            let name = S::operation_name(kind);
            let route = Route::find(&self.client.client, kind, name, &message.destination());
            let said = Said::These(&self.said);
            let empty = || Box::new(BatchSummary::with_capacity(0, &route.policy));
            self.summary.get_or_insert_with(empty).add_received(
                received,
                said,
                route.policy.plain_batch_links,
            );
            route.keep();
        }
    }

    /// The call failed, after the messages so far. Without a message there is no span to say so, but metrics and observers are told.
    pub fn fail(&mut self, failure: Failure<'_>) {
        // What is added from now on belongs to another call.
        match self.finish() {
            Some(span) => span.fail(failure),
            None => self.client.receive_failed_since(&Destination::none(), failure, self.since),
        }
    }

    /// Starts the span. Whether it records.
    fn start(&mut self, first: &impl Describe) -> bool {
        let current = self.client.tracer().current();
        let destination = first.destination().without_varying_name();
        let message = MessageInfo::to(destination);
        let kind = OperationKind::Receive;
        let route = Route::find(&self.client.client, kind, S::operation_name(kind), &destination);
        let mut plan = decide(&route.policy, of_several(kind, &current));
        self.client.filter(&mut plan, &route, &message, NO_HEADERS, &current);
        let start = OperationStart {
            message: &message,
            plan: &plan,
            parent: &current,
            base: None,
            links: Links::NONE,
            since: Some(self.since),
            headers: NO_HEADERS,
        };
        let span = self.client.start(&route, &start);
        route.keep();
        let is_recording = span.is_recording();
        self.said.clear();
        if is_recording {
            MessageAttributes(&mut self.said).destination(&destination);
        }
        self.span = Some(span);
        is_recording
    }

    /// Says what was added. There is nothing to end if nothing was.
    fn finish(&mut self) -> Option<MessageSpan> {
        let (count, summary) = (mem::take(&mut self.count), mem::take(&mut self.summary));
        let mut span = self.span.take()?;
        span.set_message_count(count);
        if let Some(summary) = summary {
            let (attributes, links) = summary.finish();
            span.set_attributes(attributes);
            for link in links {
                span.add_link(link);
            }
        }
        Some(span)
    }
}

impl<S: MessagingSystem> Drop for BatchReceive<S> {
    fn drop(&mut self) {
        if let Some(span) = self.finish() {
            span.end();
        }
    }
}

impl<S: MessagingSystem> fmt::Debug for BatchReceive<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchReceive").field("count", &self.count).finish_non_exhaustive()
    }
}
