//! Settlements: acknowledgements as spans.

use async_nats::jetstream::AckKind;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracehop::{ClientTracer, CreationContext, Describe, MessageSpan, ProcessRecord};

use crate::semconv::TRACEHOP_PROGRESS;
use crate::system::Nats;

/// Starts the settlement of a message: below the span in which it was processed.
///
/// Without a tracer the message is one that is not to be settled, so there is no span.
pub(crate) fn start(
    tracer: Option<&ClientTracer<Nats>>,
    kind: AckKind,
    message: &impl Describe,
    process: &ProcessRecord,
    creation: impl FnOnce() -> CreationContext,
) -> MessageSpan {
    let Some(tracer) = tracer else { return MessageSpan::noop() };
    let name = match kind {
        AckKind::Ack => "ack",
        AckKind::Nak(_) => "nak",
        AckKind::Term => "term",
        AckKind::Next => "next",
        // It asks for more time and settles nothing.
        AckKind::Progress => {
            Context::map_current(|cx| cx.span().add_event(TRACEHOP_PROGRESS, Vec::new()));
            return MessageSpan::noop();
        }
    };
    tracer.settle_recorded(name, message, Some(process), creation)
}

/// The acknowledgements of a message, which the client's value in `$field` makes, with spans.
macro_rules! acknowledgements {
    ($field:ident) => {
        /// [`Message::ack`](async_nats::jetstream::Message::ack) with a span.
        ///
        /// # Errors
        ///
        /// As for the client's method.
        pub async fn ack(&self) -> Result<(), Error> {
            self.start(AckKind::Ack).finish_after(self.$field.ack()).await
        }

        /// [`Message::ack_with`](async_nats::jetstream::Message::ack_with) with a span.
        ///
        /// # Errors
        ///
        /// As for the client's method.
        pub async fn ack_with(&self, kind: AckKind) -> Result<(), Error> {
            self.start(kind).finish_after(self.$field.ack_with(kind)).await
        }

        /// [`Message::double_ack`](async_nats::jetstream::Message::double_ack) with a span, which ends with the server's
        /// answer.
        ///
        /// # Errors
        ///
        /// As for the client's method.
        pub async fn double_ack(&self) -> Result<(), Error> {
            self.double_ack_with(AckKind::Ack).await
        }

        /// [`Message::double_ack_with`](async_nats::jetstream::Message::double_ack_with) with a span, which ends with the
        /// server's answer.
        ///
        /// # Errors
        ///
        /// As for the client's method.
        pub async fn double_ack_with(&self, kind: AckKind) -> Result<(), Error> {
            self.start(kind).finish_after(self.$field.double_ack_with(kind)).await
        }
    };
}

pub(crate) use acknowledgements;
