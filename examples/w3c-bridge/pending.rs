//! The requests that wait for their callbacks.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// What became of a callback, as the answer to the request tells it.
#[derive(Serialize)]
pub(crate) struct Called {
    pub(crate) url: String,
    /// What the callback carried.
    pub(crate) headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

#[derive(Default)]
pub(crate) struct Pending(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    last: u64,
    by_id: HashMap<u64, Sender<Called>>,
}

impl Pending {
    /// A place for a request with so many callbacks, and its number.
    pub(crate) fn wait(&self, callbacks: usize) -> (u64, Receiver<Called>) {
        // Nobody waits behind a full channel, because there is room for all of them.
        let (sender, receiver) = channel(callbacks.max(1));
        let mut waiting = self.lock();
        // Those that gave up in the meantime.
        waiting.by_id.retain(|_, sender| !sender.is_closed());
        waiting.last += 1;
        let id = waiting.last;
        waiting.by_id.insert(id, sender);
        (id, receiver)
    }

    pub(crate) fn called(&self, id: u64, called: Called) {
        if let Some(sender) = self.lock().by_id.get(&id) {
            // A request that gave up needs no answer.
            let _ = sender.try_send(called);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
