//! What all of these tests need.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tracehop_cli::segments::{RecordKind, Replay, ReplayReport, SegmentBounds, Segments};

/// A record, less the time.
pub(crate) type Kept = (RecordKind, Vec<u8>);

pub(crate) fn bounds() -> SegmentBounds {
    SegmentBounds { max_bytes: 1024 * 1024, max_age: Duration::from_secs(3_600), segment_bytes: 4 * 1024 }
}

pub(crate) fn open(directory: &Path) -> (Segments, Replay) {
    Segments::open(directory, bounds()).expect("the directory can be used")
}

/// Appends records, and closes the directory.
pub(crate) fn append(directory: &Path, records: &[Kept]) {
    let (segments, _) = open(directory);
    for (kind, bytes) in records {
        segments.append(*kind, bytes.clone()).expect("there is room");
    }
}

/// Opens the directory, and reads what is in it.
pub(crate) fn read(directory: &Path) -> (Vec<Kept>, ReplayReport) {
    let (_segments, replay) = open(directory);
    read_all(replay)
}

pub(crate) fn read_all(mut replay: Replay) -> (Vec<Kept>, ReplayReport) {
    let records = replay.by_ref().map(|record| (record.kind, record.bytes.to_vec())).collect();
    (records, replay.report().clone())
}

/// The files of the segments, oldest first.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the directory is there");
    let paths = entries.map(|entry| entry.expect("an entry can be read").path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some()).collect();
    paths.sort();
    paths
}

pub(crate) fn bytes_on_disk(directory: &Path) -> u64 {
    files(directory).iter().map(|file| file.metadata().expect("a file has a length").len()).sum()
}

pub(crate) fn traces(text: impl Into<Vec<u8>>) -> Kept {
    (RecordKind::Traces, text.into())
}
