//! From the disk back into the store.

use std::io;
use std::time::{Duration, Instant};

use tracehop_journey::otlp::{logs_from_protobuf, logs_of, spans_of, traces_from_protobuf};

use super::read_back::{PATIENCE, ReadBack, ended};
use crate::entrance::{Hashed, Redaction};
use crate::segments::{Record, RecordKind, Replay};
use crate::store::Store;

/// Puts what was kept into the store, after taking out of it what nobody shall see by the rules of today, and says on standard
/// error how far it is and what could not be read. When it returns, the journeys of all that are there.
pub(super) async fn restore(store: &Store, replay: Replay, redaction: Redaction) -> io::Result<()> {
    let started = Instant::now();
    let of_reader = store.clone();
    let read =
        move || read(&of_reader, replay, &redaction, ReadBack::new(PATIENCE), || started.elapsed(), say);
    // Reading blocks the thread.
    let read = tokio::task::spawn_blocking(read).await.map_err(io::Error::other)?;
    store.settled().await;
    if let Some(line) = ended(started.elapsed(), read.spans, read.bytes) {
        say(&line);
    }
    Ok(())
}

fn say(line: &str) {
    eprintln!("--data: {line}");
}

/// What was read.
struct Read {
    spans: usize,
    bytes: u64,
}

fn read(
    store: &Store,
    mut replay: Replay,
    redaction: &Redaction,
    mut read_back: ReadBack,
    took: impl Fn() -> Duration,
    mut say: impl FnMut(&str),
) -> Read {
    let (mut spans, mut unreadable) = (0, 0_u64);
    while let Some(record) = replay.next() {
        match put(store, &record, redaction) {
            Some(put) => spans += put,
            None => unreadable += 1,
        }
        if let Some(line) = read_back.under_way(took(), replay.bytes_read(), replay.bytes_in_all()) {
            say(&line);
        }
    }
    for damage in &replay.report().damages {
        say(&damage.to_string());
    }
    if unreadable > 0 {
        say(&format!("{unreadable} records are not what this version writes, and were passed over"));
    }
    Read { spans, bytes: replay.bytes_in_all() }
}

/// Puts one record into the store, and returns how many spans were in it, or `None` if it cannot be read.
fn put(store: &Store, record: &Record, redaction: &Redaction) -> Option<usize> {
    let redaction = redaction.after(&Hashed::of(&record.bytes));
    match record.kind {
        RecordKind::Traces => {
            let mut request = traces_from_protobuf(&record.bytes).ok()?;
            redaction.traces(&mut request);
            let spans = spans_of(request).spans;
            let count = spans.len();
            store.put(spans, Vec::new(), record.arrived);
            Some(count)
        }
        RecordKind::Logs => {
            let mut request = logs_from_protobuf(&record.bytes).ok()?;
            redaction.logs(&mut request);
            store.put(Vec::new(), logs_of(request), record.arrived);
            Some(0)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use prost::Message as _;
    use tracehop_journey::otlp::export_request;
    use tracehop_journey::{Bounds, JourneySpan, Source, SpanParts};

    use super::*;
    use crate::entrance::RedactionKey;
    use crate::segments::{SegmentBounds, Segments};
    use crate::store::StoreConfig;

    const SECOND: Duration = Duration::from_secs(1);

    /// What is said of a directory with these records, when reading each of them takes so long.
    fn said(records: &[Vec<u8>], each_takes: Duration) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let bounds = || SegmentBounds::new(1 << 30, 3_600 * SECOND);
        let (segments, _) = Segments::open(directory.path(), bounds()).unwrap();
        for record in records {
            segments.append(RecordKind::Traces, record.clone()).unwrap();
        }
        drop(segments);
        let (_segments, replay) = Segments::open(directory.path(), bounds()).unwrap();
        let config = StoreConfig { bounds: Bounds::default(), log_bytes: 0, tags: Vec::new() };
        let store = Store::start(config).unwrap();
        let redaction = Redaction::new([], false, RedactionKey::generate().unwrap());
        let now = Cell::new(Duration::ZERO);
        let took = || {
            now.set(now.get() + each_takes);
            now.get()
        };
        let mut lines = Vec::new();
        let say = |line: &str| lines.push(line.to_owned());
        let read = read(&store, replay, &redaction, ReadBack::new(SECOND), took, say);
        lines.extend(ended(took(), read.spans, read.bytes));
        lines
    }

    /// Records of one span each.
    fn records(count: u64) -> Vec<Vec<u8>> {
        let span = |id: u64| {
            let parts = SpanParts { key: (u128::from(id).into(), id.into()), ..SpanParts::default() };
            export_request(&[JourneySpan::new(parts, Source::of_service("shop")).unwrap()]).encode_to_vec()
        };
        (1..=count).map(span).collect()
    }

    #[test]
    fn a_fast_start_says_how_many_spans_there_were() {
        assert_eq!(said(&records(3), SECOND / 10), ["read back 3 spans in 0.4 s"]);
        assert_eq!(said(&records(1), Duration::ZERO), ["read back 1 span in 0.0 s"]);
    }

    #[test]
    fn a_slow_start_says_once_how_far_it_is() {
        let lines = said(&records(9), SECOND * 2 / 5);
        let [under_way, ended] = &lines[..] else { panic!("{lines:?}") };
        assert!(
            under_way.starts_with("reading back what was kept: ") && under_way.ends_with(" B so far"),
            "{under_way}"
        );
        let numbers: Vec<f64> = under_way.split(' ').filter_map(|word| word.parse().ok()).collect();
        assert!((0.3..0.4).contains(&(numbers[0] / numbers[1])), "after 3 of 9: {under_way}");
        assert_eq!(ended, "read back 9 spans in 4.0 s");
    }

    #[test]
    fn a_new_directory_has_nothing_to_be_said() {
        assert_eq!(said(&[], 2 * SECOND), [""; 0]);
    }

    #[test]
    fn what_could_not_be_read_is_said_before_the_end() {
        let lines = said(&[b"no spans".to_vec()], Duration::ZERO);
        let expected = [
            "1 records are not what this version writes, and were passed over",
            "read back 0 spans in 0.0 s",
        ];
        assert_eq!(lines, expected);
    }
}
