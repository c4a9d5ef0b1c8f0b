//! Where the server puts what arrives.

use std::sync::Arc;

use super::received::Received;
use crate::store::Store;

/// Where the server puts what arrives.
#[derive(Clone)]
pub(super) struct Sink {
    pub(super) store: Arc<Store<Received>>,
    /// The most bytes of a request, before and after it is decompressed.
    pub(super) max_request: usize,
}

/// A request that has begun. If this is dropped without an answer, the exporter hung up.
pub(super) struct Begun {
    sink: Sink,
    what: String,
    refused: Option<String>,
}

impl Sink {
    pub(super) fn begin(&self, what: String) -> Begun {
        self.store.change(|received| received.begun += 1);
        let hung_up = "the exporter hung up before its request was complete".to_owned();
        Begun { sink: self.clone(), what, refused: Some(hung_up) }
    }

    pub(super) fn refuse(&self, why: String) {
        self.store.change(|received| received.refuse(why));
    }
}

impl Begun {
    /// With an answer, and why the request was refused, if it was.
    pub(super) fn end(mut self, refused: Option<String>) {
        self.refused = refused;
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.sink.store.change(|received| {
            received.ended += 1;
            if let Some(why) = self.refused.take() {
                received.refuse(format!("{}: {why}", self.what));
            }
        });
    }
}
