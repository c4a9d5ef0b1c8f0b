//! The future of a delivery, whose span ends with the broker's answer whether or not anybody waits for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_channel::oneshot::Canceled;
use futures_task::{ArcWake, waker_ref};
use rdkafka::error::KafkaError;
use rdkafka::producer::future_producer::{DeliveryFuture, OwnedDeliveryResult};

use super::in_flight::InFlight;

/// rdkafka's [`DeliveryFuture`], with the span of the send.
///
/// # Cancel safety
///
/// Dropping it does not stop the message, so it does not end the span either: the span ends when the broker answers.
#[derive(Debug)]
#[must_use = "the delivery's result is lost if nobody waits for it"]
pub struct TracedDeliveryFuture(Option<Pending>);

struct Pending {
    delivery: DeliveryFuture,
    in_flight: InFlight,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.in_flight.fmt(f)
    }
}

impl TracedDeliveryFuture {
    pub(super) fn new(delivery: DeliveryFuture, in_flight: InFlight) -> Self {
        Self(Some(Pending { delivery, in_flight }))
    }
}

impl Future for TracedDeliveryFuture {
    type Output = Result<OwnedDeliveryResult, Canceled>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        // Polled again after it was done, it says what the channel would: nothing will come.
        let Some(mut pending) = self.0.take() else { return Poll::Ready(Err(Canceled)) };
        match Pin::new(&mut pending.delivery).poll(task) {
            Poll::Pending => {
                self.0 = Some(pending);
                Poll::Pending
            }
            Poll::Ready(result) => Poll::Ready(conclude(pending.in_flight, result)),
        }
    }
}

fn conclude(
    mut in_flight: InFlight,
    result: Result<OwnedDeliveryResult, Canceled>,
) -> Result<OwnedDeliveryResult, Canceled> {
    match result {
        Ok(Ok(delivery)) => {
            in_flight.delivered(delivery.partition, delivery.offset);
            Ok(Ok(delivery))
        }
        Ok(Err((error, mut message))) => {
            let mut headers = message.detach_headers();
            in_flight.name_cluster();
            in_flight.failed(&error, &mut headers);
            Ok(Err((error, message.replace_headers(headers))))
        }
        Err(Canceled) => {
            in_flight.lost(&KafkaError::Canceled);
            Err(Canceled)
        }
    }
}

impl Drop for TracedDeliveryFuture {
    fn drop(&mut self) {
        if let Some(pending) = self.0.take() {
            Orphan::wait(pending);
        }
    }
}

/// A delivery that nobody waits for any more. It is its own waker: the thread that brings the broker's answer ends the
/// span. So it needs no runtime, which may be gone by then.
struct Orphan(Mutex<Option<Pending>>);

impl Orphan {
    fn wait(pending: Pending) {
        ArcWake::wake_by_ref(&Arc::new(Self(Mutex::new(Some(pending)))));
    }
}

impl ArcWake for Orphan {
    fn wake_by_ref(this: &Arc<Self>) {
        // What a panic could leave behind is a pending delivery or none, and both are fine.
        let mut slot = this.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut pending) = slot.take() else { return };
        match Pin::new(&mut pending.delivery).poll(&mut Context::from_waker(&waker_ref(this))) {
            Poll::Pending => *slot = Some(pending),
            Poll::Ready(result) => {
                drop(slot);
                let _ = conclude(pending.in_flight, result);
            }
        }
    }
}
