//! The connections of a port, and which of them has been idle for longest.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;

/// How long a new one is left alone: what it asks is on its way.
pub(super) const NEW: Duration = Duration::from_millis(200);

/// The connections of a port.
#[derive(Debug, Default)]
pub(super) struct OpenConnections {
    state: Mutex<State>,
    one_is_idle: Notify,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    open: HashMap<u64, Known>,
}

#[derive(Debug)]
struct Known {
    /// How many of its requests are under way.
    requests: usize,
    /// Since when there are none, and it could leave.
    since: Instant,
    leave: Arc<Notify>,
}

/// A connection that is open as long as this is there.
#[derive(Debug)]
pub(super) struct OpenConnection {
    of: Arc<OpenConnections>,
    number: u64,
    leave: Arc<Notify>,
}

/// A request that is under way until its answer is gone.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<OpenConnection>);

impl OpenConnections {
    pub(super) fn add(self: &Arc<Self>) -> Arc<OpenConnection> {
        let leave = Arc::<Notify>::default();
        let mut state = self.lock();
        let number = state.next;
        state.next = number.wrapping_add(1);
        state
            .open
            .insert(number, Known { requests: 0, since: Instant::now() + NEW, leave: Arc::clone(&leave) });
        drop(state);
        Arc::new(OpenConnection { of: Arc::clone(self), number, leave })
    }

    /// Asks the connection to leave that has been idle for longest. `false` if all are at work or new.
    pub(super) fn let_one_go(&self, now: Instant) -> bool {
        let mut state = self.lock();
        let idle = state.open.iter().filter(|(_, known)| known.requests == 0 && known.since <= now);
        let longest = idle.min_by_key(|(_, known)| known.since).map(|(number, _)| *number);
        let known = longest.and_then(|number| state.open.remove(&number));
        known.inspect(|known| known.leave.notify_one()).is_some()
    }

    /// Resolves when a connection has become idle since it resolved last.
    pub(super) async fn one_is_idle(&self) {
        self.one_is_idle.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change is half done when something could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnection {
    /// Resolves when the connection is to leave.
    pub(super) async fn is_to_leave(&self) {
        self.leave.notified().await;
    }

    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        if let Some(known) = self.of.lock().open.get_mut(&self.number) {
            known.requests += 1;
        }
        UnderWay(Arc::clone(self))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.of.lock().open.remove(&self.number);
    }
}

impl UnderWay {
    /// An answer that is under way as long as its body is: a stream of events has no end.
    pub(super) fn until_the_end_of(self, body: Body) -> Body {
        Body::new(Held { body, _request: self })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let connections = &self.0.of;
        if let Some(known) = connections.lock().open.get_mut(&self.0.number) {
            known.requests = known.requests.saturating_sub(1);
            known.since = Instant::now();
        }
        connections.one_is_idle.notify_one();
    }
}

struct Held {
    body: Body,
    _request: UnderWay,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_one_that_is_idle_for_longest_leaves() {
        let connections = Arc::<OpenConnections>::default();
        let later = Instant::now() + 2 * NEW;
        let (first, second, third) = (connections.add(), connections.add(), connections.add());
        let at_work = first.begin();
        assert!(connections.let_one_go(later));
        second.is_to_leave().await;
        drop(third.begin());
        // It was at work until now.
        drop(at_work);
        assert!(connections.let_one_go(later));
        third.is_to_leave().await;
        assert!(connections.let_one_go(later));
        first.is_to_leave().await;
        assert!(!connections.let_one_go(later), "each is told once");
    }

    #[test]
    fn one_whose_answer_goes_on_is_not_idle() {
        let connections = Arc::<OpenConnections>::default();
        let later = Instant::now() + 2 * NEW;
        let only = connections.add();
        let body = only.begin().until_the_end_of(Body::from("events"));
        assert_eq!(body.size_hint().exact(), Some(6));
        assert!(!connections.let_one_go(later));
        drop(body);
        assert!(connections.let_one_go(later));
    }

    #[test]
    fn a_new_one_is_left_alone() {
        let connections = Arc::<OpenConnections>::default();
        let _new = connections.add();
        assert!(!connections.let_one_go(Instant::now()));
        assert!(connections.let_one_go(Instant::now() + NEW));
    }

    #[test]
    fn one_that_is_gone_is_not_told() {
        let connections = Arc::<OpenConnections>::default();
        let later = Instant::now() + 2 * NEW;
        drop(connections.add());
        assert!(!connections.let_one_go(later));
    }
}
