//! A RabbitMQ of one node.

use std::ops::Deref;

use broker_table::Broker;

use crate::running_broker::RunningBroker;
use crate::start::Start;

/// A RabbitMQ of one node.
///
/// Clones are the same broker. See [`RunningBroker`] for what else it can do.
#[derive(Clone, Debug)]
pub struct RabbitMq {
    running: RunningBroker,
}

/// Asks for a RabbitMQ of one node. See [`Start`] for what may be said of it.
pub fn rabbitmq() -> Start<RabbitMq> {
    Start::new(Broker::RabbitMq)
}

impl RabbitMq {
    /// The URL for AMQP clients, with a login and a virtual host: `amqp://guest:guest@127.0.0.1:5672/%2f`.
    pub fn amqp_url(&self) -> &str {
        self.address()
    }
}

impl From<RunningBroker> for RabbitMq {
    fn from(running: RunningBroker) -> Self {
        Self { running }
    }
}

impl Deref for RabbitMq {
    type Target = RunningBroker;

    fn deref(&self) -> &RunningBroker {
        &self.running
    }
}
