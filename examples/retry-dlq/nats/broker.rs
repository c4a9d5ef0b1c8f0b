//! NATS JetStream as the broker of the shop.

use tracehop_nats::MessagingTracer;

use super::nats::Nats;
use super::{payments, support};
use crate::broker::Broker;
use crate::host::host;
use crate::shop::Shop;

impl Broker for Nats {
    fn description(&self) -> String {
        let host = host(&self.url);
        match &self.started {
            Some(started) => format!("NATS at {host} (nats-server {}, started)", started.version()),
            None => format!("NATS at {host}"),
        }
    }

    #[cfg(test)]
    fn suffix(&self) -> &str {
        &self.suffix
    }

    async fn place(&self, orders: &[&str], tracer: &MessagingTracer) -> anyhow::Result<()> {
        let context = self.traced(tracer).await?;
        for order in orders {
            context.publish(self.orders(), (*order).to_owned().into()).await?.await?;
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
        for (stream, _) in self.streams() {
            self.context.delete_stream(stream).await?;
        }
        Ok(())
    }
}
