//! The broker: librdkafka's mock cluster, inside the process.

use tracehop_kafka::EmbeddedBroker;

use super::topics::{PARTITIONS, TOPICS};

pub(crate) struct Broker(EmbeddedBroker);

impl Broker {
    pub(crate) fn start() -> anyhow::Result<Self> {
        let broker = EmbeddedBroker::start()?;
        for topic in TOPICS {
            broker.create_topic(topic, PARTITIONS)?;
        }
        Ok(Self(broker))
    }

    pub(crate) fn bootstrap_servers(&self) -> &str {
        self.0.bootstrap_servers()
    }
}
