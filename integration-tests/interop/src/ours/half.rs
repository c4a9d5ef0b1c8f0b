//! The half of a hop that tracehop is.

use anyhow::Context as _;
use broker_table::{Broker, set};

use super::Application;
use super::{kafka, nats, rabbitmq};
use crate::journey::Journey;
use crate::row::{Direction, Row};
use crate::word::Header;

/// A client of tracehop, connected to the broker. The destination is there for both halves.
pub(crate) enum Half {
    Kafka(Box<kafka::Half>),
    RabbitMq(Box<rabbitmq::Half>),
    Nats(Box<nats::Half>),
}

impl Half {
    /// Makes the destination. If this half receives, it gets what is sent from now on.
    ///
    /// # Errors
    ///
    /// The broker refuses something, or its address is not in the environment.
    pub(crate) async fn open(app: &Application, row: &Row, destination: &str) -> anyhow::Result<Self> {
        let address = address(row.library.broker())?;
        let receives = row.direction == Direction::FromPeer;
        Ok(match row.library.broker() {
            Broker::Kafka => {
                Self::Kafka(Box::new(kafka::Half::open(app, &address, destination, receives).await?))
            }
            Broker::RabbitMq => {
                Self::RabbitMq(Box::new(rabbitmq::Half::open(app, &address, destination, receives).await?))
            }
            Broker::Nats => {
                Self::Nats(Box::new(nats::Half::open(app, &address, destination, receives, row.way).await?))
            }
        })
    }

    /// Sends a message in the journey.
    ///
    /// # Errors
    ///
    /// The broker refuses it.
    pub(crate) async fn send(&self, app: &Application, journey: Journey) -> anyhow::Result<()> {
        match self {
            Self::Kafka(half) => half.send(app, journey).await,
            Self::RabbitMq(half) => half.send(app, journey).await,
            Self::Nats(half) => half.send(app, journey).await,
        }
    }

    /// Handles the next message, and returns its headers as they came.
    ///
    /// # Errors
    ///
    /// The connection breaks off.
    pub(crate) async fn handle_one(&mut self, app: &Application) -> anyhow::Result<Vec<Header>> {
        match self {
            Self::Kafka(half) => half.handle_one(app).await,
            Self::RabbitMq(half) => half.handle_one(app).await,
            Self::Nats(half) => half.handle_one(app).await,
        }
    }
}

/// # Errors
///
/// The broker is not there. The message says why.
pub(crate) fn address(broker: Broker) -> anyhow::Result<String> {
    let variable = broker.address_variable();
    set(variable).with_context(|| match set(&broker.not_run_variable()) {
        Some(why) => format!("no {broker}: {why}"),
        None => format!("no {broker}: {variable} is not set"),
    })
}
