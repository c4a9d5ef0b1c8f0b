//! Kafka as the broker of the shop.

use rdkafka::admin::AdminOptions;
use rdkafka::producer::FutureRecord;
use tracehop_kafka::MessagingTracer;

use super::kafka::{Kafka, PATIENCE};
use super::{payments, support};
use crate::broker::Broker;
use crate::shop::Shop;

impl Broker for Kafka {
    fn description(&self) -> String {
        let inside = if self.embedded.is_some() { " (inside this process)" } else { "" };
        format!("Kafka at {}{inside}", self.servers)
    }

    #[cfg(test)]
    fn suffix(&self) -> &str {
        &self.suffix
    }

    async fn place(&self, orders: &[&str], tracer: &MessagingTracer) -> anyhow::Result<()> {
        let (producer, topic) = (self.producer(tracer)?, self.orders());
        for order in orders {
            let record = FutureRecord::<(), _>::to(&topic).payload(*order);
            producer.send(record, PATIENCE).await.map_err(|(error, _)| error)?;
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
        if self.embedded.is_none() {
            let topics = self.topics();
            let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
            self.admin()?.delete_topics(&topics, &AdminOptions::new()).await?;
        }
        Ok(())
    }
}
