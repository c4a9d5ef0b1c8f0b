//! What writes down everything.

use std::sync::Arc;
use std::time::Duration;

use tracehop::process_batch;

use crate::demo::consumer::Consumer;
use crate::demo::counts::Counters;
use crate::demo::service::Service;
use crate::demo::system::Kafka;

/// How many messages it writes down at once.
const LEAST: usize = 8;
const MOST: usize = 20;
/// How long it waits for so many.
const PATIENCE: Duration = Duration::from_secs(5);

/// What writes down everything, in batches.
pub(in crate::demo) struct Audit {
    pub(in crate::demo) service: Service,
}

impl Audit {
    pub(in crate::demo) async fn run(self: Arc<Self>, events: Consumer<Kafka>) {
        while let Some(batch) = events.next_batch(LEAST, MOST, PATIENCE).await {
            let Some(first) = batch.received.first() else { continue };
            let handle = self.service.query("INSERT audit_events", &first.order, 10, 60);
            process_batch(&batch.received, handle).await;
            Counters::add(&self.service.counters.audits);
        }
    }
}
