//! Which servers there are.

use std::str::FromStr;

use anyhow::bail;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Kafka,
    RabbitMq,
    /// JetStream too.
    Nats,
    /// Where spans are exported to.
    Sink,
}

impl Server {
    const ALL: [Self; 4] = [Self::Kafka, Self::RabbitMq, Self::Nats, Self::Sink];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kafka => "kafka",
            Self::RabbitMq => "rabbitmq",
            Self::Nats => "nats",
            Self::Sink => "sink",
        }
    }
}

impl FromStr for Server {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        match Self::ALL.into_iter().find(|server| server.name() == name) {
            Some(server) => Ok(server),
            None => bail!("there is no server {name:?}"),
        }
    }
}
