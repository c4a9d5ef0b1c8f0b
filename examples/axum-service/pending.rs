//! The requests that wait for their answers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::model::Answer;

#[derive(Default)]
pub(crate) struct Pending(Mutex<HashMap<String, Sender<Answer>>>);

/// A request that waits. It waits no longer when this is dropped.
pub(crate) struct Place<'a> {
    pending: &'a Pending,
    id: String,
    answer: Receiver<Answer>,
}

impl Pending {
    /// A place for an order's answer. `None` if an order of this id waits already.
    pub(crate) fn wait(&self, id: &str) -> Option<Place<'_>> {
        let (sender, answer) = oneshot::channel();
        let mut waiting = self.lock();
        if waiting.contains_key(id) {
            return None;
        }
        waiting.insert(id.to_owned(), sender);
        Some(Place { pending: self, id: id.to_owned(), answer })
    }

    /// Hands over an answer. Whether anybody waited for it.
    pub(crate) fn answer(&self, answer: Answer) -> bool {
        let sender = self.lock().remove(&answer.id);
        sender.is_some_and(|sender| sender.send(answer).is_ok())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Sender<Answer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    pub(crate) async fn answer(mut self) -> Option<Answer> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.pending.lock().remove(&self.id);
    }
}
