//! The bounds hold, and the newest is what stays.

use std::fs::{self, FileTimes};
use std::time::{Duration, SystemTime};

use tracehop_cli::segments::{AppendError, RecordKind, SegmentBounds, Segments};

use super::support::{Kept, append, bounds, bytes_on_disk, files, open, read, read_all, traces};

#[test]
fn segments_take_no_more_bytes_than_are_allowed_at_any_time() {
    let directory = tempfile::tempdir().unwrap();
    let narrow = SegmentBounds { max_bytes: 20_000, segment_bytes: 5_000, ..bounds() };
    let (segments, _) = Segments::open(directory.path(), narrow).unwrap();
    let mut sent = Vec::new();
    for number in 0..200u8 {
        // From nothing to nearly the longest that is taken.
        let (kind, bytes) = traces(vec![number; usize::from(number) * 49]);
        segments.append(kind, bytes.clone()).unwrap();
        sent.push((kind, bytes));
        let on_disk = bytes_on_disk(directory.path());
        assert!(on_disk <= narrow.max_bytes, "{on_disk} bytes after record {number}");
        assert_eq!(segments.counts().bytes, on_disk);
        assert_eq!(segments.counts().segments, files(directory.path()).len() as u64);
    }
    assert!(segments.counts().deleted > 0);
    drop(segments);
    let (records, report) = read(directory.path());
    assert!(!records.is_empty() && sent.ends_with(&records), "the newest stay, and none of them is missing");
    assert_eq!(report.damages, []);
}

#[test]
fn a_record_that_is_longer_than_the_bounds_allow_is_refused_and_the_next_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let narrow = SegmentBounds { max_bytes: 20_000, segment_bytes: 5_000, ..bounds() };
    let (segments, _) = Segments::open(directory.path(), narrow).unwrap();
    let at_most = 20_000 / 2 - 48;
    let (fits, beyond) = (vec![1; at_most], vec![1; at_most + 1]);
    let refused = segments.append(RecordKind::Logs, beyond);
    let expected = AppendError::TooLong { bytes: at_most as u64 + 1, at_most: at_most as u64 };
    assert_eq!(refused, Err(expected));
    assert_eq!(segments.append(RecordKind::Logs, fits.clone()), Ok(()));
    drop(segments);
    assert_eq!(read(directory.path()).0, [(RecordKind::Logs, fits)]);
}

#[test]
fn narrower_bounds_at_the_next_start_hold_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let records: Vec<Kept> = (0..50).map(|number| traces(vec![number; 3_000])).collect();
    append(directory.path(), &records);
    let narrow = SegmentBounds { max_bytes: 20_000, segment_bytes: 5_000, ..bounds() };
    let (_segments, replay) = Segments::open(directory.path(), narrow).unwrap();
    assert!(bytes_on_disk(directory.path()) <= 20_000);
    let (kept, report) = read_all(replay);
    assert!(!kept.is_empty() && records.ends_with(&kept));
    assert_eq!(report.damages, []);
}

#[test]
fn a_segment_that_was_written_too_long_ago_is_deleted_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let records: Vec<Kept> = (0..5).map(|number| traces(vec![number; 3_000])).collect();
    append(directory.path(), &records);
    let long_ago = SystemTime::now() - bounds().max_age - Duration::from_secs(1);
    for file in &files(directory.path())[..2] {
        let file = fs::File::options().append(true).open(file).unwrap();
        file.set_times(FileTimes::new().set_modified(long_ago)).unwrap();
    }
    let (segments, replay) = open(directory.path());
    assert_eq!(files(directory.path()).len(), 3);
    assert_eq!(segments.counts().deleted, 2);
    assert_eq!(read_all(replay).0, records[2..]);
}

#[test]
fn what_came_too_long_ago_is_not_replayed() {
    let directory = tempfile::tempdir().unwrap();
    append(directory.path(), &[traces("a"), traces("b")]);
    // By now they are older than a nanosecond. The segment is not, by the clock of its file system.
    let brief = SegmentBounds { max_age: Duration::from_nanos(1), ..bounds() };
    let file = files(directory.path()).remove(0);
    let file = fs::File::options().append(true).open(file).unwrap();
    file.set_times(FileTimes::new().set_modified(SystemTime::now() + Duration::from_secs(60))).unwrap();
    let (_segments, replay) = Segments::open(directory.path(), brief).unwrap();
    let (records, report) = read_all(replay);
    assert_eq!((records, report.too_old, report.damages), (vec![], 2, vec![]));
}

#[test]
fn a_replay_passes_over_segments_that_are_deleted_meanwhile() {
    let directory = tempfile::tempdir().unwrap();
    let records: Vec<Kept> = (0..9).map(|number| traces(vec![number; 3_000])).collect();
    append(directory.path(), &records);
    let (_segments, mut replay) = open(directory.path());
    assert_eq!(replay.next().map(|record| record.bytes.to_vec()), Some(records[0].1.clone()));
    for file in &files(directory.path())[..4] {
        fs::remove_file(file).unwrap();
    }
    let (rest, report) = read_all(replay);
    assert_eq!(rest, records[4..]);
    assert_eq!(report.damages, []);
}
