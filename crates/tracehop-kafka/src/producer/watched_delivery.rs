//! A delivery whose span ends when the broker answers, although others are awaited before it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_channel::oneshot::Canceled;
use futures_task::{ArcWake, waker_ref};
use rdkafka::producer::future_producer::OwnedDeliveryResult;

use super::delivery_future::TracedDeliveryFuture;

/// A delivery that looks after itself: it is its own waker, so that the thread that brings the broker's answer ends the span.
/// Whoever awaits it gets the answer, at once or later.
pub(super) struct WatchedDelivery(Arc<Watched>);

struct Watched(Mutex<State>);

struct State {
    delivery: Option<TracedDeliveryFuture>,
    answer: Option<Result<OwnedDeliveryResult, Canceled>>,
    awaited_by: Option<Waker>,
}

impl WatchedDelivery {
    pub(super) fn new(delivery: TracedDeliveryFuture) -> Self {
        let state = State { delivery: Some(delivery), answer: None, awaited_by: None };
        let watched = Arc::new(Watched(Mutex::new(state)));
        ArcWake::wake_by_ref(&watched);
        Self(watched)
    }
}

impl Watched {
    fn state(&self) -> MutexGuard<'_, State> {
        // What a panic could leave behind is a pending delivery, an answer or neither, and all are fine.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ArcWake for Watched {
    fn wake_by_ref(this: &Arc<Self>) {
        // Under the lock, so that no answer that comes meanwhile finds nothing to poll.
        let mut state = this.state();
        let Some(delivery) = &mut state.delivery else { return };
        let polled = Pin::new(delivery).poll(&mut Context::from_waker(&waker_ref(this)));
        if let Poll::Ready(answer) = polled {
            state.delivery = None;
            state.answer = Some(answer);
            let awaited_by = state.awaited_by.take();
            drop(state);
            if let Some(waker) = awaited_by {
                waker.wake();
            }
        }
    }
}

impl Future for WatchedDelivery {
    type Output = Result<OwnedDeliveryResult, Canceled>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state();
        if let Some(answer) = state.answer.take() {
            return Poll::Ready(answer);
        }
        state.awaited_by = Some(task.waker().clone());
        Poll::Pending
    }
}
