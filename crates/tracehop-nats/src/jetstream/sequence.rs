//! Batches that follow one another.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_nats::jetstream::consumer::pull::{MessagesError, Sequence};
use futures_core::Stream;
use tracehop::{IntoTraced, MessagingTracer};

use super::TracedBatch;
use super::origin::Origin;
use crate::settings::{received_templates, settings};
use crate::system::Nats;

/// A [`Sequence`], each batch traced.
pub struct TracedSequence {
    sequence: Sequence,
    origin: Origin,
}

settings!(TracedSequence, origin);
received_templates!(TracedSequence, origin.subjects);

impl TracedSequence {
    pub(super) fn new(sequence: Sequence, origin: Origin) -> Self {
        Self { sequence, origin }
    }

    /// The client's own sequence back.
    pub fn into_inner(self) -> Sequence {
        self.sequence
    }
}

impl Stream for TracedSequence {
    type Item = Result<TracedBatch, MessagesError>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.sequence).poll_next(task);
        polled.map_ok(|batch| TracedBatch::new(batch, self.origin.clone()))
    }
}

impl IntoTraced<Nats> for Sequence {
    type Traced = TracedSequence;

    fn traced(self, tracer: &MessagingTracer) -> Self::Traced {
        TracedSequence::new(self, Origin::unknown(tracer, true))
    }
}

impl fmt::Debug for TracedSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedSequence").finish_non_exhaustive()
    }
}
