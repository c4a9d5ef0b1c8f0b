//! What tells a message that the broker returned from all others.

use lapin::BasicProperties;
use lapin::message::BasicReturnMessage;
use lapin::types::ShortString;
use opentelemetry::trace::SpanId;
use tracehop::ClientTracer;

use crate::{AmqpHeaders, RabbitMq};

/// What tells a message that the broker returned from all others: where it was published to, and the context in its headers.
#[derive(PartialEq, Eq)]
pub(crate) struct ReturnKey {
    /// Of the context that the message carries: invalid if it carries none.
    span_id: SpanId,
    exchange: ShortString,
    routing_key: ShortString,
}

impl ReturnKey {
    pub(super) fn of_published(
        exchange: &ShortString,
        routing_key: &ShortString,
        properties: &BasicProperties,
        client: &ClientTracer<RabbitMq>,
    ) -> Self {
        let creation = client.tracer().propagator().extract(&AmqpHeaders::of(properties)).creation;
        Self {
            span_id: creation.span_context().span_id(),
            exchange: exchange.clone(),
            routing_key: routing_key.clone(),
        }
    }

    pub(super) fn of_returned(message: &BasicReturnMessage, client: &ClientTracer<RabbitMq>) -> Self {
        Self::of_published(&message.exchange, &message.routing_key, &message.properties, client)
    }

    /// Whether the message carries a context, and so can be told from all others.
    pub(super) fn has_context(&self) -> bool {
        self.span_id != SpanId::INVALID
    }
}
