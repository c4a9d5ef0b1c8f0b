//! RabbitMQ as the broker of the shop.

use anyhow::ensure;
use lapin::options::{BasicPublishOptions, QueueDeleteOptions};
use lapin::{BasicProperties, Confirmation};
use tracehop_rabbitmq::MessagingTracer;

use super::rabbitmq::RabbitMq;
use super::{payments, support};
use crate::broker::Broker;
use crate::host::host;
use crate::shop::Shop;

/// The delivery mode of messages that outlive the broker.
const PERSISTENT: u8 = 2;

impl Broker for RabbitMq {
    fn description(&self) -> String {
        let host = host(&self.url);
        match &self.started {
            Some(started) => format!("RabbitMQ at {host} (version {}, started)", started.version()),
            None => format!("RabbitMQ at {host}"),
        }
    }

    #[cfg(test)]
    fn suffix(&self) -> &str {
        &self.suffix
    }

    async fn place(&self, orders: &[&str], tracer: &MessagingTracer) -> anyhow::Result<()> {
        let (_connection, channel) = self.traced_channel(tracer).await?;
        for order in orders {
            // What finds no queue comes back, and what is not persistent would be lost with the broker.
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
            let publishing =
                channel.basic_publish("".into(), self.orders(), options, order.as_bytes(), properties);
            let confirmation = publishing.await?.await?;
            ensure!(matches!(confirmation, Confirmation::Ack(None)), "the broker did not take an order");
        }
        Ok(())
    }

    async fn payments(
        &self,
        shop: &Shop,
        tracer: &MessagingTracer,
        stopped: impl Future<Output = ()> + Clone,
    ) -> anyhow::Result<()> {
        payments::run(self, shop, tracer, stopped).await
    }

    async fn support(
        &self,
        shop: &Shop,
        tracer: &MessagingTracer,
        stopped: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        support::run(self, shop, tracer, stopped).await
    }

    async fn clean_up(&self) -> anyhow::Result<()> {
        let (_connection, channel) = self.plain_channel().await?;
        for (queue, _) in self.queues() {
            channel.queue_delete(queue, QueueDeleteOptions::default()).await?;
        }
        Ok(())
    }
}
