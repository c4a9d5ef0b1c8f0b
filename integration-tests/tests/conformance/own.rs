//! Brokers that the suite may kill.

use tracehop_brokers::{Broker, RunningBroker};
use tracehop_testing::brokers::BrokerProcess;

use crate::kafka::KafkaServer;

/// A broker that nobody else uses.
pub(crate) struct Own(RunningBroker);

impl BrokerProcess for Own {
    async fn kill(&mut self) {
        self.0.kill().await.unwrap();
    }

    async fn restart(&mut self) {
        self.0.restart().await.unwrap();
    }
}

pub(crate) async fn kafka() -> (KafkaServer, Own) {
    let (address, own) = start(Broker::Kafka).await;
    (KafkaServer::At(address), own)
}

pub(crate) async fn rabbitmq() -> (String, Own) {
    start(Broker::RabbitMq).await
}

pub(crate) async fn nats() -> (String, Own) {
    start(Broker::Nats).await
}

async fn start(broker: Broker) -> (String, Own) {
    let own = tracehop_brokers::broker(broker).owned().await.unwrap();
    (own.address().to_owned(), Own(own))
}
