//! Where messages come from.

use std::sync::Arc;

use lapin::types::ShortString;
use tracehop::{ClientTracer, Templates};

use crate::RabbitMq;

/// A queue, and the client that reads from it. All messages of one consumer share it.
#[derive(Debug)]
pub(super) struct QueueOrigin {
    pub(super) client: ClientTracer<RabbitMq>,
    pub(super) queue: ShortString,
    /// Of the routing keys of its messages.
    pub(super) templates: Templates,
}

impl QueueOrigin {
    pub(super) fn new(client: ClientTracer<RabbitMq>, queue: ShortString, templates: Templates) -> Arc<Self> {
        Arc::new(Self { client, queue, templates })
    }
}
