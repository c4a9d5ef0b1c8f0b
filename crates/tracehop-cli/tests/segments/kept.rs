//! What was appended is there after the next start, in order.

use std::time::SystemTime;

use proptest::collection::vec;
use proptest::prelude::*;
use tracehop_cli::segments::{RecordKind, Segments};

use super::support::{Kept, append, bounds, bytes_on_disk, files, open, read, read_all, traces};

fn record() -> impl Strategy<Value = Kept> {
    let kind = prop_oneof![Just(RecordKind::Traces), Just(RecordKind::Logs)];
    // Zeros, runs and short ones are what codecs stumble over.
    let bytes = prop_oneof![vec(any::<u8>(), 0..300), vec(Just(0), 0..5_000), Just(b"tracehop".to_vec())];
    (kind, bytes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_appended_in_several_sessions_is_read_in_order(sessions in vec(vec(record(), 0..12), 1..4)) {
        let directory = tempfile::tempdir().unwrap();
        for session in &sessions {
            append(directory.path(), session);
        }
        let (records, report) = read(directory.path());
        prop_assert_eq!(&records, &sessions.concat());
        prop_assert_eq!(report.records, records.len() as u64);
        prop_assert_eq!(report.damages, []);
    }
}

#[test]
fn a_record_comes_back_with_the_time_at_which_it_came() {
    let directory = tempfile::tempdir().unwrap();
    let before = SystemTime::now();
    append(directory.path(), &[traces("a")]);
    let after = SystemTime::now();
    let (_segments, mut replay) = open(directory.path());
    let arrived = replay.next().unwrap().arrived;
    assert!(before <= arrived && arrived <= after, "{before:?} <= {arrived:?} <= {after:?}");
}

#[test]
fn a_restart_appends_to_the_last_segment() {
    let directory = tempfile::tempdir().unwrap();
    for text in ["a", "b", "c"] {
        append(directory.path(), &[traces(text)]);
    }
    assert_eq!(files(directory.path()).len(), 1);
    assert_eq!(read(directory.path()).0, ["a", "b", "c"].map(traces));
}

#[test]
fn a_start_without_records_leaves_no_segment() {
    let directory = tempfile::tempdir().unwrap();
    append(directory.path(), &[]);
    assert_eq!(files(directory.path()).len(), 0);
    assert_eq!(read(directory.path()).0, []);
}

#[test]
fn what_is_appended_meanwhile_is_no_part_of_a_replay() {
    let directory = tempfile::tempdir().unwrap();
    append(directory.path(), &[traces("before")]);
    let (segments, replay) = open(directory.path());
    segments.append(RecordKind::Traces, "meanwhile").unwrap();
    assert_eq!(read_all(replay).0, [traces("before")]);
    drop(segments);
    assert_eq!(read(directory.path()).0, ["before", "meanwhile"].map(traces));
}

#[tokio::test]
async fn a_future_resolves_when_its_record_is_durable_and_need_not_be_awaited() {
    let directory = tempfile::tempdir().unwrap();
    let (segments, _) = open(directory.path());
    let dropped = segments.append_async(RecordKind::Logs, "dropped");
    drop(dropped);
    let awaited = segments.append_async(RecordKind::Logs, "awaited").await;
    assert_eq!(awaited, Ok(()));
    assert_eq!(segments.counts().appended, 2);
    drop(segments);
    let logs = |text: &str| (RecordKind::Logs, text.as_bytes().to_vec());
    assert_eq!(read(directory.path()).0, ["dropped", "awaited"].map(logs));
}

#[test]
fn many_threads_share_syncs_and_lose_nothing() {
    const THREADS: usize = 16;
    const EACH: usize = 50;
    let directory = tempfile::tempdir().unwrap();
    let mut large = bounds();
    large.segment_bytes = large.max_bytes / 2;
    let (segments, _) = Segments::open(directory.path(), large).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let segments = segments.clone();
            scope.spawn(move || {
                for number in 0..EACH {
                    segments.append(RecordKind::Traces, format!("{thread}:{number}")).unwrap();
                }
            });
        }
    });
    let counts = segments.counts();
    drop(segments);
    assert_eq!((counts.appended, counts.failed), ((THREADS * EACH) as u64, 0));
    assert!(counts.syncs < counts.appended / 2, "{counts:?}");

    let (records, _) = read(directory.path());
    for thread in 0..THREADS {
        let prefix = format!("{thread}:").into_bytes();
        let of_thread: Vec<Kept> =
            records.iter().filter(|(_, bytes)| bytes.starts_with(&prefix)).cloned().collect();
        let expected: Vec<Kept> = (0..EACH).map(|number| traces(format!("{thread}:{number}"))).collect();
        assert_eq!(of_thread, expected, "each thread's records are in the order in which it appended them");
    }
}

#[test]
fn a_replay_says_how_far_it_is() {
    let directory = tempfile::tempdir().unwrap();
    // More than one segment.
    append(directory.path(), &vec![traces(vec![7; 1_000]); 20]);
    let (_segments, mut replay) = open(directory.path());
    let all = bytes_on_disk(directory.path());
    assert_eq!((replay.bytes_read(), replay.bytes_in_all()), (0, all));
    let mut last = 0;
    for _ in 0..20 {
        assert!(replay.next().is_some());
        let grown = replay.bytes_read() - last;
        assert!((1_000..1_200).contains(&grown), "{grown} bytes for a record of 1,000");
        last = replay.bytes_read();
    }
    assert!(replay.next().is_none());
    assert_eq!((replay.bytes_read(), replay.bytes_in_all()), (all, all));
}
