//! A process span, as a layer of `tracing` holds it.

use opentelemetry::Context;
use opentelemetry::trace::{SpanBuilder, SpanContext, SpanRef, TraceContextExt};

use super::handling::Handling;
use crate::semconv;

/// The process span of a message's handling, in the hands of a layer. What is done with it is done with that span, except that
/// it does not end it.
pub(super) struct AdoptedSpan {
    /// `None` if nobody will see it, or if there is no such span.
    process: Option<Context>,
    span_context: SpanContext,
}

impl AdoptedSpan {
    pub(super) fn of(handling: Handling) -> Self {
        let Handling { context, records } = handling;
        let span_context = context.span().span_context().clone();
        Self { process: records.then_some(context), span_context }
    }

    /// No span: what is made below it has the parent that it would have had.
    pub(super) fn of_nobody(parent: &Context) -> Self {
        Self { process: None, span_context: parent.span().span_context().clone() }
    }

    pub(super) fn span_context(&self) -> &SpanContext {
        &self.span_context
    }

    /// The process span, while it records.
    pub(super) fn recording(&self) -> Option<SpanRef<'_>> {
        self.process.as_ref().map(|process| process.span()).filter(SpanRef::is_recording)
    }

    /// Gives the process span what a layer gathered before it asked for the span: not the name, the kind and the start, which
    /// are its own, and not what it says by itself.
    pub(super) fn take_over(&mut self, builder: SpanBuilder) {
        let Some(span) = self.recording() else { return };
        let attributes = builder.attributes.into_iter().flatten();
        for attribute in attributes.filter(|attribute| !is_of_our_own(attribute.key.as_str())) {
            span.set_attribute(attribute);
        }
        for event in builder.events.into_iter().flatten() {
            span.add_event_with_timestamp(event.name, event.timestamp, event.attributes);
        }
        for link in builder.links.into_iter().flatten() {
            span.add_link(link.span_context, link.attributes);
        }
    }
}

/// Whether an attribute is a field of the span of `tracing`, or says where in tracehop and how that was made.
fn is_of_our_own(key: &str) -> bool {
    let is_field = key == semconv::MESSAGING_SYSTEM || key == semconv::MESSAGING_DESTINATION_NAME;
    is_field || matches!(key, "level" | "target") || key.starts_with("code.")
}
