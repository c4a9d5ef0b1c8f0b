//! Damage costs what is damaged, and is told.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tracehop_cli::segments::{Damage, DamageCause};

use super::support::{Kept, append, files, read, traces};

/// The beginning of a segment, and what stands before each record.
const OPENING: usize = 16;
const FRAME: usize = 32;

fn records() -> Vec<Kept> {
    vec![traces("the first"), traces(""), traces([7; 100]), traces("the last")]
}

/// Where each record begins and ends in the file.
fn places(records: &[Kept]) -> Vec<(usize, usize)> {
    let mut from = OPENING;
    let place = |(_, bytes): &Kept| {
        let to = from + FRAME + bytes.len();
        let place = (from, to);
        from = to;
        place
    };
    records.iter().map(place).collect()
}

/// Reads a directory with one segment of these bytes.
fn read_damaged(name: &str, bytes: &[u8]) -> (Vec<Kept>, Vec<Damage>) {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(name), bytes).unwrap();
    let (records, report) = read(directory.path());
    assert_appendable(directory.path(), &records);
    (records, report.damages)
}

/// Whatever was damaged, what is appended afterwards is kept, and is all that is new.
fn assert_appendable(directory: &Path, before: &[Kept]) {
    append(directory, &[traces("after")]);
    let (records, _) = read(directory);
    let (last, others) = records.split_last().unwrap();
    assert_eq!((others, last), (before, &traces("after")));
}

/// One segment with the records of this page: its name and its bytes.
fn segment() -> (String, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    append(directory.path(), &records());
    let [file] = files(directory.path()).try_into().unwrap();
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    (name, fs::read(file).unwrap())
}

#[test]
fn a_flipped_bit_costs_the_record_that_it_is_in() {
    let (name, bytes) = segment();
    let places = places(&records());
    assert_eq!(places.last().unwrap().1, bytes.len());
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        let (found, damages) = read_damaged(&name, &bytes);
        let is_whole = |(from, to): &(usize, usize)| !(*from..*to).contains(&at);
        let expected: Vec<Kept> = records()
            .into_iter()
            .zip(&places)
            .filter(|(_, place)| is_whole(place))
            .map(|(kept, _)| kept)
            .collect();
        assert_eq!(found, expected, "byte {at}");
        let lost = places.iter().find(|place| !is_whole(place)).map_or(OPENING, |(from, to)| to - from);
        let [damage] = damages.try_into().unwrap();
        assert_eq!((damage.segment.as_str(), damage.skipped), (&*name, lost as u64), "byte {at}");
        let is_last = at >= places.last().unwrap().0;
        assert_eq!(damage.cause, if is_last { DamageCause::TornTail } else { DamageCause::Corrupt });
    }
}

#[test]
fn a_segment_that_was_cut_off_anywhere_has_the_records_before() {
    let (name, bytes) = segment();
    let places = places(&records());
    for len in 0..bytes.len() {
        let (found, damages) = read_damaged(&name, &bytes[..len]);
        let whole = places.iter().take_while(|(_, to)| *to <= len).count();
        assert_eq!(found, records()[..whole], "{len} bytes");
        let good =
            whole.checked_sub(1).map_or(if len < OPENING { 0 } else { OPENING }, |last| places[last].1);
        let skipped: u64 = damages.iter().map(|damage| damage.skipped).sum();
        assert_eq!(skipped, (len - good) as u64, "{len} bytes");
        assert!(damages.iter().all(|damage| damage.cause == DamageCause::TornTail), "{damages:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_written_over_a_segment_costs_no_record_beside_it(
        at in 0usize..300,
        garbage in proptest::collection::vec(any::<u8>(), 1..80),
    ) {
        let (name, mut bytes) = segment();
        let to = (at + garbage.len()).min(bytes.len());
        let at = at.min(to);
        bytes[at..to].copy_from_slice(&garbage[..to - at]);
        let (found, _) = read_damaged(&name, &bytes);
        let beside = places(&records()).into_iter().zip(records());
        let beside = beside.filter(|((from, end), _)| *end <= at || *from >= to).map(|(_, kept)| kept);
        for kept in beside {
            prop_assert!(found.contains(&kept), "{kept:?} is not in {found:?}");
        }
        prop_assert!(found.iter().all(|kept| records().contains(kept)), "{found:?}");
    }

    #[test]
    fn a_file_of_garbage_is_skipped_and_told(garbage in proptest::collection::vec(any::<u8>(), 1..2_000)) {
        let (name, _) = segment();
        let (found, damages) = read_damaged(&name, &garbage);
        prop_assert_eq!(found, []);
        prop_assert_eq!(damages.iter().map(|damage| damage.skipped).sum::<u64>(), garbage.len() as u64);
    }
}

#[test]
fn a_record_inside_of_a_damaged_record_is_not_taken_for_one() {
    let directory = tempfile::tempdir().unwrap();
    append(directory.path(), &[traces("stolen")]);
    let [file] = files(directory.path()).try_into().unwrap();
    let inner = fs::read(file).unwrap()[OPENING..].to_vec();

    // A sender puts into a span what looks like a record, and the record around it is damaged.
    let directory = tempfile::tempdir().unwrap();
    append(directory.path(), &[traces(inner), traces("after")]);
    let [file] = files(directory.path()).try_into().unwrap();
    let mut bytes = fs::read(&file).unwrap();
    bytes[OPENING + 1] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert_eq!(read(directory.path()).0, [traces("after")]);
}

#[test]
fn a_corrupt_segment_between_others_is_skipped_and_told() {
    let directory = tempfile::tempdir().unwrap();
    let records: Vec<Kept> = (0..9).map(|number| traces(vec![number; 3_000])).collect();
    append(directory.path(), &records);
    let files = files(directory.path());
    assert_eq!(files.len(), 9);
    let len = files[4].metadata().unwrap().len();
    fs::write(&files[4], vec![0xff; usize::try_from(len).unwrap()]).unwrap();

    let (found, report) = read(directory.path());
    assert_eq!(found, [&records[..4], &records[5..]].concat());
    let [damage] = report.damages.try_into().unwrap();
    let name = files[4].file_name().unwrap().to_str().unwrap();
    assert_eq!(damage.to_string(), format!("{name} is corrupt: {len} bytes were skipped, the rest was read"));
}

#[test]
fn a_torn_end_is_cut_off_once_and_told_once() {
    let (name, bytes) = segment();
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(&name), &bytes[..bytes.len() - 3]).unwrap();
    let (found, report) = read(directory.path());
    assert_eq!(found, records()[..3]);
    let skipped = FRAME + "the last".len() - 3;
    assert_eq!(
        report.damages.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [format!("{name} ends in the middle of a record: its last {skipped} bytes were cut off")]
    );
    let (again, report) = read(directory.path());
    assert_eq!((again, report.damages), (found, vec![]));
}
