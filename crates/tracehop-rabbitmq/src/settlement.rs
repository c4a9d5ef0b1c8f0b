//! What a consumer tells the broker about a message, or about several.

use lapin::options::{BasicAckOptions, BasicNackOptions, BasicRejectOptions};

/// What a consumer tells the broker about a message, or about several.
#[derive(Clone, Copy)]
pub(crate) struct Settlement {
    /// AMQP's word for it.
    pub(crate) name: &'static str,
    /// Whether it also settles all earlier deliveries of the channel.
    pub(crate) multiple: bool,
    /// Whether the message goes back into its queue.
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
