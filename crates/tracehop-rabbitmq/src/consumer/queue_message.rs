//! lapin's messages that come from a queue.

use lapin::message::{BasicGetMessage, Delivery};
use tracehop::Inbound;

use crate::RabbitMq;

/// lapin's messages that come from a queue, [`Delivery`] and [`BasicGetMessage`], and [`FromQueue`](crate::FromQueue), which
/// holds one.
pub trait QueueMessage: Inbound<RabbitMq> + sealed::Sealed {
    /// The delivery that the message is, or that it holds.
    fn delivery(&self) -> &Delivery;
}

pub(super) mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Delivery {}
    impl Sealed for super::BasicGetMessage {}
}

impl QueueMessage for Delivery {
    fn delivery(&self) -> &Delivery {
        self
    }
}

impl QueueMessage for BasicGetMessage {
    fn delivery(&self) -> &Delivery {
        &self.delivery
    }
}
