//! From the entrance into the store and onto the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tracehop_journey::{JourneySpan, LogLine};

use crate::entrance::{NotTaken, Sink};
use crate::segments::{RecordKind, Segments};
use crate::store::Store;

/// When a sender may come again if spans come in faster than they are sorted.
const SORTED: Duration = Duration::from_secs(1);

/// When a sender may come again if the disk does not take them.
const WRITTEN: Duration = Duration::from_secs(5);

/// Gives what comes in to the store, and keeps it on the disk if there is a directory for it.
#[derive(Clone)]
pub(super) struct StoreSink {
    pub(super) store: Store,
    pub(super) segments: Option<Segments>,
    /// Whether it was told that the disk takes nothing.
    told: Arc<AtomicBool>,
}

impl StoreSink {
    pub(super) fn new(store: Store, segments: Option<Segments>) -> Self {
        Self { store, segments, told: Arc::default() }
    }

    /// What can never be kept is not shown either: the sender is to send less at once.
    fn fits(&self, raw: Option<&Bytes>) -> Result<(), NotTaken> {
        let (Some(segments), Some(raw)) = (&self.segments, raw) else { return Ok(()) };
        let (bytes, at_most) = (raw.len() as u64, segments.max_record());
        if bytes > at_most { Err(NotTaken::TooLong { bytes, at_most }) } else { Ok(()) }
    }

    /// What is acknowledged must be on the disk. If it is not, the sender is asked to send it again: the store then has it twice
    /// for a moment, and keeps the first.
    async fn keep(&self, kind: RecordKind, raw: Option<Bytes>) -> Result<(), NotTaken> {
        let (Some(segments), Some(raw)) = (&self.segments, raw) else { return Ok(()) };
        match segments.append_async(kind, raw).await {
            Ok(()) => {
                self.told.store(false, Ordering::Relaxed);
                Ok(())
            }
            Err(error) => {
                // Once, until it works again: there may be thousands in a second.
                if !self.told.swap(true, Ordering::Relaxed) {
                    eprintln!(
                        "--data: {error}. It is shown, but not kept; senders are asked to send it again."
                    );
                }
                Err(NotTaken::Disk { retry_after: WRITTEN, why: error.to_string().into() })
            }
        }
    }
}

impl Sink for StoreSink {
    fn keeps_raw(&self) -> bool {
        self.segments.is_some()
    }

    fn has_room(&self) -> Result<(), NotTaken> {
        self.store.has_room().map_err(|_| NotTaken::Full { retry_after: SORTED })
    }

    async fn spans(&self, spans: Vec<JourneySpan>, raw: Option<Bytes>) -> Result<(), NotTaken> {
        self.fits(raw.as_ref())?;
        self.store.offer(spans, Vec::new()).map_err(|_| NotTaken::Full { retry_after: SORTED })?;
        self.keep(RecordKind::Traces, raw).await
    }

    async fn logs(&self, logs: Vec<LogLine>, raw: Option<Bytes>) -> Result<(), NotTaken> {
        self.fits(raw.as_ref())?;
        self.store.offer(Vec::new(), logs).map_err(|_| NotTaken::Full { retry_after: SORTED })?;
        self.keep(RecordKind::Logs, raw).await
    }
}
