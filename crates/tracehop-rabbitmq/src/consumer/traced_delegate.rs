//! A function of traced deliveries, as lapin's delegate.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use lapin::message::DeliveryResult;
use lapin::{ConsumerDelegate, Result};
use opentelemetry::Context;
use tracehop::Outcome;

use super::from_queue::{FromQueue, TracedDelivery};
use super::queue_origin::QueueOrigin;

/// What lapin calls: it calls the handler with each delivery's context.
pub(super) struct TracedDelegate<H> {
    pub(super) handler: H,
    pub(super) origin: Arc<QueueOrigin>,
}

impl<H, F> ConsumerDelegate for TracedDelegate<H>
where
    H: Fn(Result<Option<TracedDelivery>>) -> F + Send + Sync + 'static,
    F: Future<Output: Outcome> + Send + 'static,
{
    /// Calls the handler at once and in order, as lapin does with a function.
    fn on_new_delivery(&self, delivery: DeliveryResult) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        // lapin may call this inside `set_delegate`, with messages that were there already. They have nothing to do with
        // what is current where the delegate is set.
        let _empty = Context::new().attach();
        match delivery {
            Ok(Some(delivery)) => {
                let received = FromQueue::received(delivery, &self.origin);
                let span = received.start_process();
                let handled = span.in_scope(|| (self.handler)(Ok(Some(received))));
                Box::pin(ignore_output(span.run(handled)))
            }
            other => Box::pin(ignore_output((self.handler)(other.map(|_| None)))),
        }
    }
}

async fn ignore_output(future: impl Future) {
    let _ = future.await;
}
