//! An Apache Kafka: one node, which is broker and controller.

use std::ops::Deref;

use broker_table::Broker;

use crate::running_broker::RunningBroker;
use crate::start::Start;

/// An Apache Kafka: one node, which is broker and controller.
///
/// Clones are the same broker. See [`RunningBroker`] for what else it can do.
#[derive(Clone, Debug)]
pub struct Kafka {
    running: RunningBroker,
}

/// Asks for an Apache Kafka: one node, which is broker and controller. See [`Start`] for what may be said of it.
pub fn kafka() -> Start<Kafka> {
    Start::new(Broker::Kafka)
}

impl Kafka {
    /// The bootstrap servers, for the setting `bootstrap.servers`: `host:port`, with commas between several.
    pub fn bootstrap_servers(&self) -> &str {
        self.address()
    }
}

impl From<RunningBroker> for Kafka {
    fn from(running: RunningBroker) -> Self {
        Self { running }
    }
}

impl Deref for Kafka {
    type Target = RunningBroker;

    fn deref(&self) -> &RunningBroker {
        &self.running
    }
}
