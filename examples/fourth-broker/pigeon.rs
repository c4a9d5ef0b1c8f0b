//! A broker of your own: a post office for pigeons, inside the process. It knows nothing of tracing.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many letters wait at a loft before senders have to.
const ROOM: usize = 1_000;

/// A message: tags on the leg, a note.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub(crate) loft: String,
    pub(crate) tags: Vec<(String, Vec<u8>)>,
    pub(crate) note: String,
}

/// Nobody keeps pigeons there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoSuchLoft;

impl fmt::Display for NoSuchLoft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody keeps pigeons there")
    }
}

/// The post office. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Pigeons(Arc<Mutex<HashMap<String, Sender<Letter>>>>);

impl Pigeons {
    /// Keeps pigeons at a loft: letters to it arrive here.
    pub(crate) fn keep(&self, loft: &str) -> Receiver<Letter> {
        let (sender, receiver) = channel(ROOM);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(loft.to_owned(), sender);
        receiver
    }

    pub(crate) async fn send(&self, letter: Letter) -> Result<(), NoSuchLoft> {
        let loft = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&letter.loft).cloned();
        loft.ok_or(NoSuchLoft)?.send(letter).await.map_err(|_| NoSuchLoft)
    }

    /// Lets the pigeon fly back to where its letter came from.
    pub(crate) fn answer(&self, letter: &Letter) -> Result<(), NoSuchLoft> {
        let lofts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lofts.contains_key(&letter.loft).then_some(()).ok_or(NoSuchLoft)
    }
}
