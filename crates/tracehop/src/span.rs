//! The guard of one operation's span.

use std::borrow::Cow;
use std::fmt;
use std::thread;

use opentelemetry::trace::{Link, SpanContext, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, time};

use crate::outcome::ClientErrors;
use crate::provider::AnySpan;
use crate::semconv;
use crate::{AttributeValue, Failure, MessagingTracer, Outcome};

/// Where the span lives.
pub(crate) enum Handle {
    /// By itself: nothing runs inside it, so it needs no context.
    Owned(AnySpan),
    /// In a context, for a handler to run in.
    Active(Context),
    /// There is none: no SDK, a suppressed scope, or an SDK that was shut down.
    Silent,
}

/// The span of one operation: a send, a receive or a settlement.
///
/// It ends exactly once: by [`finish`](Self::finish), [`fail`](Self::fail) or [`end`](Self::end), or else when it is
/// dropped, which marks it `abandoned` (or `panic`, if the thread is unwinding). Adapters hold one for each operation;
/// for the span around a handler see [`ProcessSpan`](crate::ProcessSpan).
#[must_use = "the span ends, marked as abandoned, when this is dropped"]
pub struct MessageSpan {
    handle: Handle,
    recording: Option<Recording>,
}

/// What is needed to describe a failure; only kept for spans that record.
struct Recording {
    tracer: MessagingTracer,
    client_errors: ClientErrors,
}

impl MessageSpan {
    pub(crate) fn new(handle: Handle, tracer: &MessagingTracer, client_errors: ClientErrors) -> Self {
        let recording = match &handle {
            Handle::Owned(span) => span.is_recording(),
            Handle::Active(cx) => cx.span().is_recording(),
            Handle::Silent => false,
        };
        let recording = recording.then(|| Recording { tracer: tracer.clone(), client_errors });
        Self { handle, recording }
    }

    /// Whether attributes set now will be seen by anyone. Look before building an expensive one.
    pub fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    /// The span's own context; an invalid one if there is no span.
    pub fn span_context(&self) -> SpanContext {
        match &self.handle {
            Handle::Owned(span) => span.span_context().clone(),
            Handle::Active(cx) => cx.span().span_context().clone(),
            Handle::Silent => SpanContext::NONE,
        }
    }

    /// Sets an attribute, if the span records.
    pub fn set_attribute(&mut self, key: &'static str, value: AttributeValue<'_>) {
        if self.is_recording() {
            self.set(KeyValue::new(key, value.to_value()));
        }
    }

    /// Sets the partition the broker chose, if the span records.
    pub fn set_partition(&mut self, partition: impl Into<i64>) {
        if self.is_recording() {
            let partition = crate::intern::number(partition.into());
            self.set(KeyValue::new(semconv::MESSAGING_DESTINATION_PARTITION_ID, partition));
        }
    }

    /// Adds an event, if the span records.
    pub fn add_event(&mut self, name: &'static str, attributes: Vec<KeyValue>) {
        if self.is_recording() {
            match &mut self.handle {
                Handle::Owned(span) => span.add_event_with_timestamp(name.into(), time::now(), attributes),
                Handle::Active(cx) => cx.span().add_event(name, attributes),
                Handle::Silent => {}
            }
        }
    }

    /// Adds a link, if the span records: to the span that sent the reply to a request, for one.
    pub fn add_link(&mut self, link: Link) {
        match &mut self.handle {
            Handle::Owned(span) => span.add_link(link.span_context, link.attributes),
            Handle::Active(cx) => cx.span().add_link(link.span_context, link.attributes),
            Handle::Silent => {}
        }
    }

    /// Ends the span as the result says.
    pub fn finish(mut self, outcome: &impl Outcome) {
        self.conclude(outcome.failure());
    }

    /// Ends the span as failed.
    pub fn fail(mut self, failure: Failure<'_>) {
        self.conclude(Some(failure));
    }

    /// Ends the span as successful. Its status stays unset, as the conventions ask.
    pub fn end(mut self) {
        self.conclude(None);
    }

    pub(crate) fn conclude(&mut self, failure: Option<Failure<'_>>) {
        if let (Some(failure), Some(recording)) = (failure, &self.recording) {
            let error_type = recording.tracer.error_type(&failure, recording.client_errors);
            self.mark(error_type, failure.description().into());
        }
        self.close();
    }

    /// Ends a span whose operation did not come to its end by itself.
    pub(crate) fn interrupt(&mut self, error_type: &'static str, description: &'static str) {
        if self.is_recording() {
            self.mark(error_type.into(), description.into());
        }
        self.close();
    }

    fn mark(&mut self, error_type: Cow<'static, str>, description: Cow<'static, str>) {
        self.set(KeyValue::new(semconv::ERROR_TYPE, error_type));
        let status = Status::Error { description };
        match &mut self.handle {
            Handle::Owned(span) => span.set_status(status),
            Handle::Active(cx) => cx.span().set_status(status),
            Handle::Silent => {}
        }
    }

    fn set(&mut self, attribute: KeyValue) {
        match &mut self.handle {
            Handle::Owned(span) => span.set_attribute(attribute),
            Handle::Active(cx) => cx.span().set_attribute(attribute),
            Handle::Silent => {}
        }
    }

    fn close(&mut self) {
        match std::mem::replace(&mut self.handle, Handle::Silent) {
            // Its destructor ends it and saves a second look at the clock.
            Handle::Owned(span) => drop(span),
            // The handler may have kept the context alive, in a task it spawned.
            Handle::Active(cx) => cx.span().end(),
            Handle::Silent => {}
        }
        self.recording = None;
    }
}

impl Drop for MessageSpan {
    fn drop(&mut self) {
        if !matches!(self.handle, Handle::Silent) {
            let (error_type, description) = if thread::panicking() {
                ("panic", "a panic ended the operation")
            } else {
                ("abandoned", "the operation's span was dropped before it was finished")
            };
            self.interrupt(error_type, description);
        }
    }
}

impl fmt::Debug for MessageSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageSpan").field("span_context", &self.span_context()).finish_non_exhaustive()
    }
}
