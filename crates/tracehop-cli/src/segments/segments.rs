//! The directory, open.

use std::collections::VecDeque;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::SystemTime;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::append_error::AppendError;
use super::bounds::SegmentBounds;
use super::counts::{Counters, SegmentCounts};
use super::damage::{Damage, DamageCause};
use super::directory::{Directory, Listed, failed};
use super::directory_lock::DirectoryLock;
use super::frame::{Opening, VERSION};
use super::log::{Active, Closed, Log};
use super::queue::{Queue, Told, Waiting};
use super::record::{Record, RecordKind};
use super::replay::{Replay, ReplaySegment};
use super::segment_reader::SegmentReader;
use super::segments_error::SegmentsError;
use super::writer::Writer;

/// A directory to which records are appended. Clones share it.
///
/// When the last clone is dropped, what waits is written, and the directory is free for another process.
///
/// ```
/// use tracehop_cli::segments::{RecordKind, SegmentBounds, Segments};
///
/// # let directory = tempfile::tempdir()?;
/// let (segments, _) = Segments::open(directory.path(), SegmentBounds::default())?;
/// segments.append(RecordKind::Traces, &b"what came"[..])?;
/// drop(segments);
///
/// let (_, mut replay) = Segments::open(directory.path(), SegmentBounds::default())?;
/// assert_eq!(replay.next().map(|record| record.bytes).as_deref(), Some(&b"what came"[..]));
/// assert_eq!(replay.next(), None);
/// assert!(replay.report().damages.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Segments(Arc<Shared>);

struct Shared {
    queue: Arc<Queue>,
    counters: Arc<Counters>,
    max_record: u64,
    thread: Option<JoinHandle<()>>,
}

impl Segments {
    /// Opens a directory, makes it if it is not there, and locks it. What it holds is replayed by whoever reads the [`Replay`];
    /// records may be appended meanwhile.
    ///
    /// The last segment's torn end is cut off, if the process or the machine stopped in the middle of a record.
    ///
    /// # Errors
    ///
    /// The bounds contradict each other, the directory cannot be written, another process uses it, or another version has written
    /// it. Damage is no error.
    pub fn open(directory: &Path, bounds: SegmentBounds) -> Result<(Self, Replay), SegmentsError> {
        bounds.check()?;
        let directory = Directory::make(directory)?;
        let lock = DirectoryLock::take(&directory)?;
        let now = SystemTime::now();
        let listed = directory.list()?;
        check_versions(&directory, &listed)?;
        let next_number = listed.last().map_or(1, |last| last.name.number.saturating_add(1));

        let mut closed: VecDeque<Closed> = listed
            .iter()
            .map(|&Listed { name, len, written }| Closed { name, len, newest: written })
            .collect();
        let mut active = None;
        let mut torn = None;
        if let Some(last) = closed.pop_back() {
            let (segment, damage) = open_last(&directory, &bounds, last)?;
            match segment {
                Some(LastSegment::Closed(last)) => closed.push_back(last),
                Some(LastSegment::Active(last)) => active = Some(last),
                None => {}
            }
            torn = damage;
        }

        let there = closed.iter().map(|closed| (closed.name, closed.len));
        let there = there.chain(active.iter().map(|active| (active.name, active.len)));
        let there = there.map(|(name, len)| ReplaySegment { path: directory.path_of(name), name, len });
        let oldest = now.checked_sub(bounds.max_age).unwrap_or(SystemTime::UNIX_EPOCH);
        let replay = Replay::new(there, oldest, torn);

        let mut log = Log::new(directory.clone(), bounds, closed, active, next_number);
        log.fit(now).map_err(directory.failed("delete what is too old in"))?;
        let (queue, counters) = (Arc::<Queue>::default(), Arc::<Counters>::default());
        let writer =
            Writer { log, queue: Arc::clone(&queue), counters: Arc::clone(&counters), lock: Some(lock) };
        let thread = Some(writer.start().map_err(SegmentsError::Thread)?);
        let max_record = bounds.max_record();
        Ok((Self(Arc::new(Shared { queue, counters, max_record, thread })), replay))
    }

    /// Appends a record. When it returns, the record survives `kill -9` and a loss of power.
    ///
    /// It waits for the disk: in asynchronous code use [`append_async`](Self::append_async).
    ///
    /// # Errors
    ///
    /// The record is not kept. The next one may be.
    pub fn append(&self, kind: RecordKind, bytes: impl Into<Bytes>) -> Result<(), AppendError> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.put(kind, bytes.into(), Box::new(move |result| drop(sender.send(result))))?;
        receiver.recv().unwrap_or(Err(AppendError::Closed))
    }

    /// [`append`](Self::append) without waiting on this thread. The record waits to be written from now on, also if the future is
    /// dropped; when the future resolves, it is durable.
    pub fn append_async(&self, kind: RecordKind, bytes: impl Into<Bytes>) -> Appending {
        let (sender, receiver) = oneshot::channel();
        let told = Box::new(move |result| drop(sender.send(result)));
        match self.put(kind, bytes.into(), told) {
            Ok(()) => Appending(Ok(receiver)),
            Err(error) => Appending(Err(error)),
        }
    }

    /// What was written, and what was not.
    pub fn counts(&self) -> SegmentCounts {
        self.0.counters.read()
    }

    /// How long a record may be.
    pub fn max_record(&self) -> u64 {
        self.0.max_record
    }

    fn put(&self, kind: RecordKind, bytes: Bytes, told: Told) -> Result<(), AppendError> {
        let len = bytes.len() as u64;
        if len > self.0.max_record {
            return Err(AppendError::TooLong { bytes: len, at_most: self.0.max_record });
        }
        let record = Record { kind, arrived: SystemTime::now(), bytes };
        let put = self.0.queue.put(Waiting { record, told });
        put.inspect_err(|_| {
            self.0.counters.failed.fetch_add(1, Ordering::Relaxed);
        })
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.queue.close();
        if let Some(thread) = self.thread.take() {
            // A panic of it was told where it took place, and all who waited were told that nothing is written any more.
            let _ = thread.join();
        }
    }
}

/// The future of [`Segments::append_async`].
#[derive(Debug)]
#[must_use = "only when it resolves is the record durable"]
pub struct Appending(Result<oneshot::Receiver<Result<(), AppendError>>, AppendError>);

impl Future for Appending {
    type Output = Result<(), AppendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok(receiver) => {
                Pin::new(receiver).poll(context).map(|told| told.unwrap_or(Err(AppendError::Closed)))
            }
            Err(error) => Poll::Ready(Err(error.clone())),
        }
    }
}

fn check_versions(directory: &Directory, listed: &[Listed]) -> Result<(), SegmentsError> {
    for &Listed { name, len, .. } in listed {
        let path = directory.path_of(name);
        let opened = File::open(&path).and_then(|file| SegmentReader::new(file, name.mark, len));
        // What cannot be read is told by the replay.
        if let Ok((Opening::OtherVersion(found), _)) = opened {
            let path = directory.path().to_owned();
            return Err(SegmentsError::Version { path, found, expected: VERSION });
        }
    }
    Ok(())
}

/// What the last segment is good for.
enum LastSegment {
    /// For reading.
    Closed(Closed),
    /// For being appended to.
    Active(Active<File>),
}

/// Reads the last segment, and cuts off its torn end, or deletes it if nothing is left of it. It is appended to again, unless it
/// is full or damaged at its beginning.
fn open_last(
    directory: &Directory,
    bounds: &SegmentBounds,
    last: Closed,
) -> Result<(Option<LastSegment>, Option<Damage>), SegmentsError> {
    let Closed { name, len, newest } = last;
    let path = directory.path_of(name);
    let file = File::open(&path).map_err(failed(&path, "read"))?;
    let (opening, mut reader) = SegmentReader::new(file, name.mark, len).map_err(failed(&path, "read"))?;
    let mut oldest = None;
    loop {
        match reader.next() {
            Ok(Some(record)) => {
                oldest.get_or_insert(record.arrived);
            }
            Ok(None) => break,
            // The replay will come upon it too, and tell it.
            Err(_) => return Ok((Some(LastSegment::Closed(last)), None)),
        }
    }
    let end = reader.good_end();
    let torn = (end < len).then(|| Damage {
        segment: name.to_string(),
        skipped: len - end,
        cause: DamageCause::TornTail,
    });
    if end == 0 {
        directory.remove(name).map_err(failed(&path, "delete"))?;
        return Ok((None, torn));
    }
    let file = OpenOptions::new().append(true).open(&path).map_err(failed(&path, "write"))?;
    if torn.is_some() {
        file.set_len(end).and_then(|()| file.sync_all()).map_err(failed(&path, "cut"))?;
    }
    let segment = if opening != Opening::Ours || end >= bounds.segment_bytes {
        LastSegment::Closed(Closed { name, len: end, newest })
    } else {
        let oldest = oldest.unwrap_or(newest);
        let (len, synced, is_doubtful) = (end, end, false);
        LastSegment::Active(Active { file, name, len, synced, oldest, newest, is_doubtful })
    };
    Ok((Some(segment), torn))
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segments").field("counts", &self.counters.read()).finish_non_exhaustive()
    }
}
