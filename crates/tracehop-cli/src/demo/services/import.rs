//! An old program that sends messages and knows nothing of tracing.

use std::sync::Arc;
use std::time::Duration;

use crate::demo::broker::Broker;
use crate::demo::counts::Counters;
use crate::demo::order::Order;
use crate::demo::service::Shared;
use crate::demo::system::Kafka;

/// How often it has something to say.
const INTERVAL: Duration = Duration::from_secs(4);

/// An old program that sends messages and knows nothing of tracing: they carry no context.
pub(in crate::demo) struct Import {
    pub(in crate::demo) broker: Arc<Broker<Kafka>>,
    pub(in crate::demo) shared: Shared,
    pub(in crate::demo) seed: u64,
}

impl Import {
    /// Sends messages until all hurry to the end.
    pub(in crate::demo) async fn run(self) {
        for number in 1.. {
            let order = Order::new(self.seed, number);
            let wait = order.chance("legacy-import").wait();
            let message = self.broker.message("legacy-import", order, wait);
            if self.broker.store(message).is_ok() {
                Counters::add(&self.shared.counters.without_context);
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                () = self.shared.pace.hurry() => break,
            }
        }
    }
}
