//! A span of a bridged tracer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, SpanContext, Status};

use super::adopted_span::AdoptedSpan;

/// A span of a [`BridgedTracer`](crate::BridgedTracer): one of the tracer inside, or the process span of a message's handling.
pub struct BridgedSpan<S>(Kind<S>);

enum Kind<S> {
    Own(S),
    Adopted(AdoptedSpan),
}

impl<S> BridgedSpan<S> {
    pub(super) fn own(span: S) -> Self {
        Self(Kind::Own(span))
    }

    pub(super) fn adopted(span: AdoptedSpan) -> Self {
        Self(Kind::Adopted(span))
    }
}

impl<S: Span> Span for BridgedSpan<S> {
    fn add_event<T: Into<Cow<'static, str>>>(&mut self, name: T, attributes: Vec<KeyValue>) {
        match &mut self.0 {
            Kind::Own(span) => span.add_event(name, attributes),
            Kind::Adopted(span) => {
                if let Some(span) = span.recording() {
                    span.add_event(name, attributes);
                }
            }
        }
    }

    fn record_error(&mut self, error: &dyn Error) {
        match &mut self.0 {
            Kind::Own(span) => span.record_error(error),
            Kind::Adopted(span) => {
                if let Some(span) = span.recording() {
                    span.record_error(error);
                }
            }
        }
    }

    fn add_event_with_timestamp<T: Into<Cow<'static, str>>>(
        &mut self,
        name: T,
        timestamp: SystemTime,
        attributes: Vec<KeyValue>,
    ) {
        match &mut self.0 {
            Kind::Own(span) => span.add_event_with_timestamp(name, timestamp, attributes),
            Kind::Adopted(span) => {
                if let Some(span) = span.recording() {
                    span.add_event_with_timestamp(name, timestamp, attributes);
                }
            }
        }
    }

    fn span_context(&self) -> &SpanContext {
        match &self.0 {
            Kind::Own(span) => span.span_context(),
            Kind::Adopted(span) => span.span_context(),
        }
    }

    fn is_recording(&self) -> bool {
        match &self.0 {
            Kind::Own(span) => span.is_recording(),
            Kind::Adopted(span) => span.recording().is_some(),
        }
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        match &mut self.0 {
            Kind::Own(span) => span.set_attribute(attribute),
            Kind::Adopted(span) => {
                if let Some(span) = span.recording() {
                    span.set_attribute(attribute);
                }
            }
        }
    }

    fn set_attributes(&mut self, attributes: impl IntoIterator<Item = KeyValue>) {
        match &mut self.0 {
            Kind::Own(span) => span.set_attributes(attributes),
            Kind::Adopted(span) => {
                if let Some(span) = span.recording() {
                    span.set_attributes(attributes);
                }
            }
        }
    }

    fn set_status(&mut self, status: Status) {
        match &mut self.0 {
            Kind::Own(span) => span.set_status(status),
            // A layer sets the status of every span that it makes, mostly to this, which changes nothing.
            Kind::Adopted(_) if status == Status::Unset => {}
            Kind::Adopted(span) => {
                if let Some(span) = span.recording() {
                    span.set_status(status);
                }
            }
        }
    }

    fn update_name<T: Into<Cow<'static, str>>>(&mut self, name: T) {
        match &mut self.0 {
            Kind::Own(span) => span.update_name(name),
            Kind::Adopted(span) => {
                if let Some(span) = span.recording() {
                    span.update_name(name);
                }
            }
        }
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        match &mut self.0 {
            Kind::Own(span) => span.add_link(span_context, attributes),
            Kind::Adopted(span) => {
                if let Some(span) = span.recording() {
                    span.add_link(span_context, attributes);
                }
            }
        }
    }

    fn end(&mut self) {
        // A process span ends with the handler, as the handler's result says, and not with the last that holds it.
        if let Kind::Own(span) = &mut self.0 {
            span.end();
        }
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        if let Kind::Own(span) = &mut self.0 {
            span.end_with_timestamp(timestamp);
        }
    }
}

impl<S> fmt::Debug for BridgedSpan<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_adopted = matches!(self.0, Kind::Adopted(_));
        f.debug_struct("BridgedSpan").field("is_adopted", &is_adopted).finish_non_exhaustive()
    }
}
