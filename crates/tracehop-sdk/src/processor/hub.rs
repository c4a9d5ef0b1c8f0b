//! What the threads that end spans share with the one that exports them.

use opentelemetry_sdk::trace::SpanData;

use super::chunk::Form;
use super::config::Config;
use super::drop_reason::DropReason;
use super::failure::Failure;
use super::inbox::Inbox;
use super::reporter::Reporter;
use super::room::{Reserved, Room};
use super::shards::{Put, Shards};

/// The way of a span up to the worker, and the books that are kept of it.
///
/// A span takes room, waits in a shard, and goes through the inbox in its chunk. The room is given back when its export is over.
/// A shard's lock may be held while the inbox's is taken, never the other way round.
pub(super) struct Hub {
    pub(super) config: Config,
    pub(super) inbox: Inbox,
    pub(super) reporter: Reporter,
    room: Room,
    shards: Shards,
}

impl Hub {
    pub(super) fn new(config: Config, form: Form, reporter: Reporter) -> Self {
        let chunk_size = config.chunk_size(form);
        Self {
            inbox: Inbox::new(chunk_size, config.max_export_batch_size),
            reporter,
            room: Room::new(config.max_queue_size),
            shards: Shards::new(chunk_size, form),
            config,
        }
    }

    /// Keeps a span until it is exported, or counts it as lost. Never waits for the worker.
    pub(super) fn keep(&self, span: SpanData) {
        let reserved = self.room.reserve();
        if reserved == Reserved::No {
            return self.reporter.refused(DropReason::QueueFull);
        }
        match self.shards.put(span, |chunk| self.inbox.push(chunk)) {
            Put::Closed => {
                self.room.release(1);
                self.reporter.refused(DropReason::AfterShutdown);
            }
            // Outside of the shard's lock: waking a thread takes longer than all the rest.
            Put::HandedOver => self.inbox.wake_for_chunk(),
            Put::Kept if reserved == Reserved::YesAndCrowded => self.inbox.wake_for_sweep(),
            Put::Kept => {}
        }
    }

    /// Moves what waits in the shards to the inbox, and answers whether there was anything.
    pub(super) fn sweep(&self) -> bool {
        self.shards.sweep(false, |chunk| self.inbox.push(chunk))
    }

    /// Moves what waits in the shards to the inbox, and takes no more spans.
    pub(super) fn close(&self) {
        self.shards.sweep(true, |chunk| self.inbox.push(chunk));
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.room.is_crowded()
    }

    /// The export of these spans is over, and some of them may be lost.
    pub(super) fn exported(&self, spans: usize, losses: &[(usize, Failure)]) {
        // Otherwise whoever gave up counted them.
        if self.inbox.exported(losses.last().map(|(_, failure)| failure)) {
            for (lost, failure) in losses {
                self.reporter.lost(failure, *lost);
            }
            self.room.release(spans);
        }
    }

    /// Takes no more spans, and counts as lost what is still here. Answers whether that was anything.
    pub(super) fn abandon(&self, failure: &Failure) -> bool {
        self.close();
        // The spans are dropped outside of the lock.
        let (_chunks, spans) = self.inbox.abandon(failure);
        if spans == 0 {
            return false;
        }
        self.reporter.lost(failure, spans);
        self.room.release(spans);
        true
    }

    /// How many spans are here.
    pub(super) fn held(&self) -> usize {
        self.room.held()
    }
}
