//! The segments as one log that is written at its end and deleted at its beginning.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, SystemTime};

use super::append_error::AppendError;
use super::bounds::SegmentBounds;
use super::disk::{Disk, SegmentFile};
use super::frame::{FRAME, Frame, OPENING, opening};
use super::record::Record;
use super::segment_name::SegmentName;

/// So much is given to the disk at once.
const CHUNK: usize = 256 * 1024;

/// The segments as one log that is written at its end and deleted at its beginning. One thread owns it.
#[derive(Debug)]
pub(super) struct Log<D: Disk> {
    disk: D,
    bounds: SegmentBounds,
    closed: VecDeque<Closed>,
    active: Option<Active<D::File>>,
    next_number: u64,
    /// How many bytes all segments take.
    bytes: u64,
    buffer: Vec<u8>,
    pub(super) done: Done,
}

/// What was done, for counters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) syncs: u64,
    pub(super) deleted: u64,
}

/// A segment that is not written to any more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closed {
    pub(super) name: SegmentName,
    pub(super) len: u64,
    /// When its last record came.
    pub(super) newest: SystemTime,
}

/// The segment that is written to.
#[derive(Debug)]
pub(super) struct Active<F> {
    pub(super) file: F,
    pub(super) name: SegmentName,
    pub(super) len: u64,
    /// How much of it is durable.
    pub(super) synced: u64,
    /// When its first record came, as far as is known.
    pub(super) oldest: SystemTime,
    pub(super) newest: SystemTime,
    /// A sync of it has failed. The next one may succeed although bytes never reached the disk: it is not written to again.
    pub(super) is_doubtful: bool,
}

impl<D: Disk> Log<D> {
    pub(super) fn new(
        disk: D,
        bounds: SegmentBounds,
        closed: VecDeque<Closed>,
        active: Option<Active<D::File>>,
        next_number: u64,
    ) -> Self {
        let bytes =
            closed.iter().map(|closed| closed.len).chain(active.iter().map(|active| active.len)).sum();
        let done = Done::default();
        Self { disk, bounds, closed, active, next_number, bytes, buffer: Vec::new(), done }
    }

    /// How many bytes all segments take.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn segments(&self) -> usize {
        self.closed.len() + usize::from(self.active.is_some())
    }

    /// Appends records with as few syncs as there are segments. Returns how many of them are durable, and why the others are not.
    pub(super) fn append<'a>(
        &mut self,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> (usize, Option<AppendError>) {
        let mut durable = 0;
        let mut written = 0;
        for record in records {
            match self.write(record, &mut || durable = written) {
                Ok(()) => written += 1,
                Err(error) => {
                    self.take_back();
                    return (durable, Some((&error).into()));
                }
            }
        }
        match self.commit() {
            Ok(()) => (written, None),
            Err(error) => (durable, Some((&error).into())),
        }
    }

    /// Deletes what is too old.
    pub(super) fn expire(&mut self, now: SystemTime) -> io::Result<()> {
        let Some(oldest) = now.checked_sub(self.bounds.max_age) else { return Ok(()) };
        if self.active.as_ref().is_some_and(|active| active.newest < oldest && active.synced == active.len) {
            self.close();
        }
        while self.closed.front().is_some_and(|closed| closed.newest < oldest) {
            self.delete_oldest()?;
        }
        Ok(())
    }

    /// Deletes what is too old or too much: the bounds may have become narrower since the last start.
    pub(super) fn fit(&mut self, now: SystemTime) -> io::Result<()> {
        self.expire(now)?;
        self.make_room(0)
    }

    /// Puts a record into the buffer, after making room for it. Calls `committed` if all before it have become durable.
    fn write(&mut self, record: &Record, committed: &mut dyn FnMut()) -> io::Result<()> {
        let need = (FRAME + record.bytes.len()) as u64;
        if self.active.as_ref().is_some_and(|active| self.is_full(active, need, record.arrived)) {
            self.commit()?;
            committed();
            self.close();
        }
        let need = if self.active.is_some() { need } else { need + OPENING as u64 };
        self.make_room(need)?;
        if self.active.is_none() {
            self.begin(record.arrived)?;
        }
        let Some(active) = &mut self.active else { return Err(io::ErrorKind::NotFound.into()) };
        let len = u32::try_from(record.bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let frame =
            Frame { kind: record.kind, arrived: record.arrived, len, sum: crc32fast::hash(&record.bytes) };
        self.buffer.extend_from_slice(&frame.to_bytes(active.name.mark));
        self.buffer.extend_from_slice(&record.bytes);
        active.len += FRAME as u64 + u64::from(len);
        active.newest = active.newest.max(record.arrived);
        self.bytes += FRAME as u64 + u64::from(len);
        if self.buffer.len() >= CHUNK { self.flush() } else { Ok(()) }
    }

    fn is_full(&self, active: &Active<D::File>, need: u64, now: SystemTime) -> bool {
        let age = now.duration_since(active.oldest).unwrap_or(Duration::ZERO);
        let has_records = active.len > OPENING as u64;
        has_records && (active.len + need > self.bounds.segment_bytes || age > self.bounds.segment_age())
    }

    fn make_room(&mut self, need: u64) -> io::Result<()> {
        while self.bytes + need > self.bounds.max_bytes && !self.closed.is_empty() {
            self.delete_oldest()?;
        }
        Ok(())
    }

    fn delete_oldest(&mut self) -> io::Result<()> {
        if let Some(oldest) = self.closed.front() {
            self.disk.remove(oldest.name)?;
            self.bytes = self.bytes.saturating_sub(oldest.len);
            self.closed.pop_front();
            self.done.deleted += 1;
        }
        Ok(())
    }

    fn begin(&mut self, now: SystemTime) -> io::Result<()> {
        let name = SegmentName::new(self.next_number);
        // A number is not used again: the file may be there although this fails.
        self.next_number = self.next_number.saturating_add(1);
        let file = self.disk.create(name)?;
        let len = OPENING as u64;
        self.buffer.clear();
        self.buffer.extend_from_slice(&opening());
        self.bytes += len;
        self.active =
            Some(Active { file, name, len, synced: 0, oldest: now, newest: now, is_doubtful: false });
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(active) = &mut self.active {
            active.file.write_all(&self.buffer)?;
        }
        self.buffer.clear();
        // One large record does not make the buffer large for ever.
        self.buffer.shrink_to(2 * CHUNK);
        Ok(())
    }

    /// Makes durable what was written.
    fn commit(&mut self) -> io::Result<()> {
        let result = self.flush().and_then(|()| match &mut self.active {
            Some(active) if active.synced < active.len => {
                self.done.syncs += 1;
                let synced = active.file.sync();
                match synced {
                    Ok(()) => active.synced = active.len,
                    Err(_) => active.is_doubtful = true,
                }
                synced
            }
            _ => Ok(()),
        });
        if result.is_err() {
            self.take_back();
        }
        result
    }

    /// Takes back what is not durable. Nobody was told that it is kept.
    fn take_back(&mut self) {
        self.buffer.clear();
        let Some(active) = &mut self.active else { return };
        if active.synced == active.len {
            return;
        }
        let was_cut = active.file.cut(active.synced).is_ok();
        // What was not cut off is there in part, and in the way.
        let len = if was_cut { active.synced } else { active.file.len().unwrap_or(active.len) };
        self.bytes = self.bytes.saturating_sub(active.len).saturating_add(len);
        active.len = len;
        if active.synced == 0 && self.disk.remove(active.name).is_ok() {
            self.bytes = self.bytes.saturating_sub(active.len);
            self.active = None;
        } else if !was_cut || active.is_doubtful {
            self.close();
        }
    }

    fn close(&mut self) {
        let Some(Active { name, len, newest, .. }) = self.active.take() else { return };
        self.closed.push_back(Closed { name, len, newest });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Cursor;
    use std::sync::{Arc, Mutex};

    use super::super::record::RecordKind;
    use super::super::segment_reader::SegmentReader;
    use super::*;

    /// What goes wrong.
    #[derive(Clone, Copy, Debug, Default)]
    struct Faults {
        /// Bytes beyond this find no room on the disk.
        room: Option<usize>,
        sync: bool,
        cut: bool,
        remove: bool,
    }

    #[derive(Default)]
    struct State {
        files: BTreeMap<SegmentName, Vec<u8>>,
        faults: Faults,
    }

    /// A disk in memory.
    #[derive(Clone, Default)]
    struct Memory(Arc<Mutex<State>>);

    struct MemoryFile(Memory, SegmentName);

    fn broken(is_broken: bool) -> io::Result<()> {
        if is_broken { Err(io::Error::other("the disk is broken")) } else { Ok(()) }
    }

    impl Memory {
        fn set(&self, faults: Faults) {
            self.0.lock().unwrap().faults = faults;
        }

        fn bytes(&self) -> u64 {
            self.0.lock().unwrap().files.values().map(|file| file.len() as u64).sum()
        }

        fn file_count(&self) -> usize {
            self.0.lock().unwrap().files.len()
        }

        /// What a replay would find.
        fn records(&self) -> Vec<Record> {
            let mut records = Vec::new();
            for (name, bytes) in &self.0.lock().unwrap().files {
                let (_, mut reader) =
                    SegmentReader::new(Cursor::new(bytes), name.mark, bytes.len() as u64).unwrap();
                while let Some(record) = reader.next().unwrap() {
                    records.push(record);
                }
            }
            records
        }
    }

    impl Disk for Memory {
        type File = MemoryFile;

        fn create(&mut self, name: SegmentName) -> io::Result<MemoryFile> {
            self.0.lock().unwrap().files.insert(name, Vec::new());
            Ok(MemoryFile(self.clone(), name))
        }

        fn remove(&mut self, name: SegmentName) -> io::Result<()> {
            let mut state = self.0.lock().unwrap();
            broken(state.faults.remove)?;
            state.files.remove(&name);
            Ok(())
        }
    }

    impl SegmentFile for MemoryFile {
        fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
            let used = usize::try_from(self.0.bytes()).unwrap();
            let mut state = self.0.0.lock().unwrap();
            let room = state.faults.room.map_or(usize::MAX, |room| room.saturating_sub(used));
            // A disk takes what it can before it says that it is full.
            let taken = bytes.len().min(room);
            state.files.get_mut(&self.1).unwrap().extend_from_slice(&bytes[..taken]);
            if taken < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }

        fn sync(&mut self) -> io::Result<()> {
            broken(self.0.0.lock().unwrap().faults.sync)
        }

        fn len(&self) -> io::Result<u64> {
            Ok(self.0.0.lock().unwrap().files[&self.1].len() as u64)
        }

        fn cut(&mut self, len: u64) -> io::Result<()> {
            let mut state = self.0.0.lock().unwrap();
            broken(state.faults.cut)?;
            state.files.get_mut(&self.1).unwrap().truncate(usize::try_from(len).unwrap());
            Ok(())
        }
    }

    const BOUNDS: SegmentBounds =
        SegmentBounds { max_bytes: 40_000, max_age: Duration::from_secs(800), segment_bytes: 8_000 };

    fn log(disk: &Memory) -> Log<Memory> {
        Log::new(disk.clone(), BOUNDS, VecDeque::new(), None, 1)
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_764_201_600 + seconds)
    }

    fn records(count: usize, seconds: u64) -> Vec<Record> {
        let record = |number| {
            let bytes = format!("{seconds}:{number}").repeat(100).into();
            Record { kind: RecordKind::Traces, arrived: at(seconds), bytes }
        };
        (0..count).map(record).collect()
    }

    #[test]
    fn many_records_take_one_sync_for_each_segment() {
        let disk = Memory::default();
        let mut log = log(&disk);
        assert_eq!(log.append(&records(10, 0)), (10, None));
        assert_eq!((log.done.syncs, disk.file_count()), (1, 1));
        assert_eq!(log.append(&records(30, 0)), (30, None));
        let files = disk.file_count();
        // The first segment was synced when it held ten records, and once more when it was full.
        assert!(files > 1 && log.done.syncs == files as u64 + 1, "{files} files, {:?}", log.done);
        assert_eq!(log.append(&[]), (0, None));
        assert_eq!(log.done.syncs, files as u64 + 1, "nothing to sync");
    }

    #[test]
    fn after_any_fault_the_log_has_what_it_acknowledged_and_goes_on() {
        let full = Faults { room: Some(2_000), ..Faults::default() };
        for (what, faults) in [
            ("full", full),
            ("full at once", Faults { room: Some(0), ..full }),
            ("full in the middle of the opening", Faults { room: Some(7), ..full }),
            ("full, and what was written cannot be taken back", Faults { cut: true, ..full }),
            ("full, and nothing can be deleted", Faults { cut: true, remove: true, ..full }),
            ("no sync", Faults { sync: true, ..Faults::default() }),
            ("no sync and no way back", Faults { sync: true, cut: true, ..Faults::default() }),
        ] {
            for before in [0, 1, 3] {
                let disk = Memory::default();
                let mut log = log(&disk);
                let mut kept = records(before, 0);
                assert_eq!(log.append(&kept), (before, None), "{what}");
                disk.set(faults);
                let tried = records(40, 1);
                let (durable, error) = log.append(&tried);
                assert!(error.is_some(), "{what}: {durable} of 40");
                kept.extend(tried.into_iter().take(durable));
                // The next ones fail too, and leave nothing behind that grows.
                let files = disk.file_count();
                for _ in 0..20 {
                    assert_eq!(log.append(&records(40, 2)).0, 0, "{what}");
                }
                if !faults.remove && !faults.cut {
                    assert!(
                        disk.file_count() <= files,
                        "{what}: {files} files are {} now",
                        disk.file_count()
                    );
                }
                disk.set(Faults::default());
                let after = records(5, 3);
                assert_eq!(log.append(&after), (5, None), "{what}");
                kept.extend(after);
                let found = disk.records();
                let missing: Vec<&Record> = kept.iter().filter(|record| !found.contains(record)).collect();
                assert_eq!(missing, Vec::<&Record>::new(), "{what}");
                if !faults.cut {
                    assert_eq!(found, kept, "{what}: what was refused was taken back");
                    assert_eq!(log.bytes(), disk.bytes(), "{what}");
                }
                assert!(disk.bytes() <= BOUNDS.max_bytes, "{what}: {} bytes", disk.bytes());
            }
        }
    }

    #[test]
    fn a_full_disk_and_a_broken_one_are_told_apart() {
        let disk = Memory::default();
        disk.set(Faults { room: Some(100), ..Faults::default() });
        assert_eq!(log(&disk).append(&records(1, 0)), (0, Some(AppendError::DiskFull)));
        disk.set(Faults { sync: true, ..Faults::default() });
        let (_, error) = log(&disk).append(&records(1, 0));
        assert_eq!(error.unwrap().to_string(), "the disk refuses it: the disk is broken");
    }

    #[test]
    fn a_segment_ends_with_an_eighth_of_the_age_and_goes_with_the_whole_of_it() {
        let disk = Memory::default();
        let mut log = log(&disk);
        for seconds in [0, 100, 101, 201, 202] {
            assert_eq!(log.append(&records(1, seconds)), (1, None));
        }
        let times = |disk: &Memory| -> Vec<SystemTime> { disk.records().iter().map(|r| r.arrived).collect() };
        assert_eq!(disk.file_count(), 3, "0 and 100, 101 and 201, 202");
        log.expire(at(900)).unwrap();
        assert_eq!(times(&disk), [0, 100, 101, 201, 202].map(at), "100 is 800 seconds ago, and no more");
        log.expire(at(901)).unwrap();
        assert_eq!(times(&disk), [101, 201, 202].map(at));
        log.expire(at(2_000)).unwrap();
        assert_eq!((disk.file_count(), log.bytes(), log.segments()), (0, 0, 0), "the last one too");
        assert_eq!(log.done.deleted, 3);
        assert_eq!(log.append(&records(1, 2_000)), (1, None));
        // A clock that is set back does no harm.
        log.expire(at(0)).unwrap();
        log.expire(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(log.append(&records(1, 0)), (1, None));
        assert_eq!(times(&disk), [2_000, 0].map(at));
    }
}
