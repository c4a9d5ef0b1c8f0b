//! Settlements: acks, nacks and rejects as spans.

use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};
use lapin::{Acker, Result};
use tracehop::{ClientTracer, CreationContext, Failure, MessageSpan};

use crate::{RabbitMq, describe};

/// What is said of a message, or of several.
#[derive(Clone, Copy)]
pub(crate) struct Settlement {
    pub(crate) name: &'static str,
    pub(crate) multiple: bool,
    pub(crate) requeue: bool,
}

impl Settlement {
    pub(crate) fn ack(BasicAckOptions { multiple }: BasicAckOptions) -> Self {
        Self { name: "ack", multiple, requeue: false }
    }

    pub(crate) fn nack(BasicNackOptions { multiple, requeue }: BasicNackOptions) -> Self {
        Self { name: "nack", multiple, requeue }
    }

    pub(crate) fn reject(BasicRejectOptions { requeue }: BasicRejectOptions) -> Self {
        Self { name: "reject", multiple: false, requeue }
    }
}

/// Starts the span of a settlement that names a message by its number.
pub(crate) fn by_tag(
    client: &ClientTracer<RabbitMq>,
    settlement: Settlement,
    delivery_tag: u64,
) -> MessageSpan {
    let info = describe::settled_by_tag(delivery_tag, settlement);
    client.settle(settlement.name, &info, || CreationContext::NONE)
}

/// Ends the span of a settlement as lapin's answer says.
pub(crate) fn conclude(mut span: MessageSpan, acker: &Acker, result: &Result<bool>) {
    match result {
        Ok(true) => span.end(),
        Ok(false) if acker.poisoned() => {
            span.fail(Failure::new("not_settled", &"the delivery's channel is gone, and nothing was sent"));
        }
        Ok(false) => {
            span.add_event("tracehop.already_settled", Vec::new());
            span.end();
        }
        Err(_) => span.finish(result),
    }
}
