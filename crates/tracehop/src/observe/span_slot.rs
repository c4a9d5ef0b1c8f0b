//! The span of an operation in progress, if there is one.

use std::time::SystemTime;

use opentelemetry::global::ObjectSafeSpan;
use opentelemetry::trace::{Link, SpanContext, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, time};

use super::Failed;
use crate::semconv;

/// A span of any provider.
pub(crate) type AnySpan = Box<dyn ObjectSafeSpan + Send + Sync>;

/// The span of an operation in progress, and where it lives.
pub(crate) enum SpanSlot {
    /// There is none: no SDK, a suppressed scope, an SDK that was shut down, or it is not wanted.
    Absent,
    /// There is none, but something runs in this context.
    AbsentIn(Context),
    /// Nobody will see it, but its context travels.
    Unrecorded(SpanContext),
    /// The same, in a context for a handler to run in.
    UnrecordedIn(Context),
    /// By itself: nothing runs inside it, so it needs no context.
    Recording(AnySpan),
    /// In a context, for a handler to run in.
    RecordingIn(Context),
}

impl SpanSlot {
    #[inline]
    pub(crate) fn is_recording(&self) -> bool {
        matches!(self, Self::Recording(_) | Self::RecordingIn(_))
    }

    /// The span's own context; `None` if there is no span.
    #[inline]
    pub(crate) fn with_span_context<T>(&self, f: impl FnOnce(Option<&SpanContext>) -> T) -> T {
        match self {
            Self::Absent | Self::AbsentIn(_) => f(None),
            Self::Unrecorded(context) => f(Some(context)),
            Self::Recording(span) => f(Some(span.span_context())),
            Self::UnrecordedIn(cx) | Self::RecordingIn(cx) => f(Some(cx.span().span_context())),
        }
    }

    /// The context to run in, if there is one.
    #[inline]
    pub(crate) fn context(&self) -> Option<&Context> {
        match self {
            Self::AbsentIn(cx) | Self::UnrecordedIn(cx) | Self::RecordingIn(cx) => Some(cx),
            Self::Absent | Self::Unrecorded(_) | Self::Recording(_) => None,
        }
    }

    pub(crate) fn set_attribute(&mut self, attribute: KeyValue) {
        match self {
            Self::Recording(span) => span.set_attribute(attribute),
            Self::RecordingIn(cx) => cx.span().set_attribute(attribute),
            _ => {}
        }
    }

    pub(crate) fn add_event(&mut self, name: &'static str, attributes: Vec<KeyValue>) {
        match self {
            Self::Recording(span) => span.add_event_with_timestamp(name.into(), time::now(), attributes),
            Self::RecordingIn(cx) => cx.span().add_event(name, attributes),
            _ => {}
        }
    }

    pub(crate) fn add_link(&mut self, link: Link) {
        match self {
            Self::Recording(span) => span.add_link(link.span_context, link.attributes),
            Self::RecordingIn(cx) => cx.span().add_link(link.span_context, link.attributes),
            _ => {}
        }
    }

    /// Ends the span, as failed or not. Without a time the SDK looks at the clock.
    #[inline]
    pub(crate) fn conclude(&mut self, failed: Option<&Failed>, ended: Option<SystemTime>) {
        if let Some(failed) = failed {
            self.fail(failed);
        }
        match (self, ended) {
            (Self::Recording(span), None) => span.end(),
            (Self::Recording(span), Some(ended)) => span.end_with_timestamp(ended),
            // The handler may have kept the context alive, in a task it spawned.
            (Self::RecordingIn(cx), None) => cx.span().end(),
            (Self::RecordingIn(cx), Some(ended)) => cx.span().end_with_timestamp(ended),
            _ => {}
        }
    }

    #[cold]
    fn fail(&mut self, failed: &Failed) {
        let Failed { error_type, description } = failed.clone();
        self.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error_type));
        let status = Status::Error { description };
        match self {
            Self::Recording(span) => span.set_status(status),
            Self::RecordingIn(cx) => cx.span().set_status(status),
            _ => {}
        }
    }
}
