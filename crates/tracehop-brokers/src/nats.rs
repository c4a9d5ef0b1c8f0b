//! A NATS server with JetStream.

use std::ops::Deref;

use broker_table::Broker;

use crate::running_broker::RunningBroker;
use crate::start::Start;

/// A NATS server with JetStream.
///
/// Clones are the same broker. See [`RunningBroker`] for what else it can do.
#[derive(Clone, Debug)]
pub struct Nats {
    running: RunningBroker,
}

/// Asks for a NATS server with JetStream. See [`Start`] for what may be said of it.
pub fn nats() -> Start<Nats> {
    Start::new(Broker::Nats)
}

impl Nats {
    /// The URL for clients: `nats://127.0.0.1:4222`.
    pub fn url(&self) -> &str {
        self.address()
    }
}

impl From<RunningBroker> for Nats {
    fn from(running: RunningBroker) -> Self {
        Self { running }
    }
}

impl Deref for Nats {
    type Target = RunningBroker;

    fn deref(&self) -> &RunningBroker {
        &self.running
    }
}
