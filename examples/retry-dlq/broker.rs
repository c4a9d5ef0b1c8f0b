//! What a broker does for the shop.

use tracehop::MessagingTracer;

use crate::shop::Shop;

/// The three services on one broker. Each has connections of its own, as it would in a process of its own.
pub(crate) trait Broker {
    /// Where it is, for the first line of the report. Without a password.
    fn description(&self) -> String;

    /// What tells the names of this run from those of others.
    #[cfg(test)]
    fn suffix(&self) -> &str;

    /// The shop: sends orders one after the other, and waits until the broker has each.
    async fn place(&self, orders: &[&str], tracer: &MessagingTracer) -> anyhow::Result<()>;

    /// The payments service: charges for orders until it is stopped, and sends on those that it cannot charge for.
    ///
    /// # Errors
    ///
    /// The broker fails. What was not settled then comes again.
    async fn payments(
        &self,
        shop: &Shop,
        tracer: &MessagingTracer,
        stopped: impl Future<Output = ()> + Clone,
    ) -> anyhow::Result<()>;

    /// Support: looks at dead letters until it is stopped, and replays those that may succeed now.
    ///
    /// # Errors
    ///
    /// As for [`payments`](Self::payments).
    async fn support(
        &self,
        shop: &Shop,
        tracer: &MessagingTracer,
        stopped: impl Future<Output = ()>,
    ) -> anyhow::Result<()>;

    /// Removes what would stay behind on a broker that goes on living.
    async fn clean_up(&self) -> anyhow::Result<()>;
}
