//! The thread that writes.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use super::counts::Counters;
use super::directory_lock::DirectoryLock;
use super::disk::Disk;
use super::log::Log;
use super::queue::{Queue, Taken, Waiting};

/// How often it looks for what is too old while nothing comes.
const IDLE: Duration = Duration::from_secs(10);

/// The thread that writes: while it waits for the disk more records come, and they share the next sync.
pub(super) struct Writer<D: Disk> {
    pub(super) log: Log<D>,
    pub(super) queue: Arc<Queue>,
    pub(super) counters: Arc<Counters>,
    /// Given back when the last record is written.
    pub(super) lock: Option<DirectoryLock>,
}

impl<D: Disk> Writer<D> {
    pub(super) fn start(mut self) -> io::Result<JoinHandle<()>> {
        self.count();
        thread::Builder::new().name("tracehop-disk".to_owned()).spawn(move || self.run())
    }

    fn run(&mut self) {
        loop {
            match self.queue.take(IDLE) {
                Taken::Records(records) => self.append(records),
                Taken::Nothing => {}
                Taken::Closed => return,
            }
            // What cannot be deleted now is tried again soon.
            let _ = self.log.expire(SystemTime::now());
            self.count();
        }
    }

    fn append(&mut self, records: Vec<Waiting>) {
        let (durable, error) = self.log.append(records.iter().map(|waiting| &waiting.record));
        let failed = records.len() - durable;
        self.counters.appended.fetch_add(durable as u64, Ordering::Relaxed);
        self.counters.failed.fetch_add(failed as u64, Ordering::Relaxed);
        self.count();
        for (place, Waiting { told, .. }) in records.into_iter().enumerate() {
            told(match &error {
                Some(error) if place >= durable => Err(error.clone()),
                _ => Ok(()),
            });
        }
    }

    fn count(&self) {
        let Counters { syncs, deleted, segments, bytes, .. } = &*self.counters;
        syncs.store(self.log.done.syncs, Ordering::Relaxed);
        deleted.store(self.log.done.deleted, Ordering::Relaxed);
        segments.store(self.log.segments() as u64, Ordering::Relaxed);
        bytes.store(self.log.bytes(), Ordering::Relaxed);
    }
}

impl<D: Disk> Drop for Writer<D> {
    /// Also if it panicked: nobody waits for what is not written.
    fn drop(&mut self) {
        self.queue.close();
        if let Taken::Records(records) = self.queue.take(Duration::ZERO) {
            drop(records);
        }
        self.lock = None;
    }
}
