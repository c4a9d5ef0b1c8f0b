//! What was kept, read back.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use super::damage::{Damage, DamageCause};
use super::frame::Opening;
use super::record::Record;
use super::segment_name::SegmentName;
use super::segment_reader::SegmentReader;

/// The records that were kept, oldest first, as they were when the directory was opened. One record at a time is in memory.
///
/// What is appended meanwhile is no part of it. A segment that is deleted meanwhile, because newer ones need its room, is left
/// out.
#[derive(Debug)]
pub struct Replay {
    segments: VecDeque<ReplaySegment>,
    reading: Option<Reading>,
    /// What came earlier is not told any more.
    oldest: SystemTime,
    report: ReplayReport,
}

/// What a replay has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayReport {
    /// How many records were read.
    pub records: u64,
    /// How many bytes were in them.
    pub bytes: u64,
    /// How many records were passed over because of their age.
    pub too_old: u64,
    /// The segments that could not be read as a whole: at most one entry for each, and one for the torn end.
    pub damages: Vec<Damage>,
}

/// A segment that is to be read.
#[derive(Debug)]
pub(super) struct ReplaySegment {
    pub(super) path: PathBuf,
    pub(super) name: SegmentName,
    /// How long it was.
    pub(super) len: u64,
}

struct Reading {
    name: SegmentName,
    reader: SegmentReader<File>,
}

impl Replay {
    pub(super) fn new(
        segments: impl IntoIterator<Item = ReplaySegment>,
        oldest: SystemTime,
        torn: Option<Damage>,
    ) -> Self {
        let report = ReplayReport { damages: torn.into_iter().collect(), ..ReplayReport::default() };
        Self { segments: segments.into_iter().collect(), reading: None, oldest, report }
    }

    /// What was found so far: all of it, once the last record was read.
    pub fn report(&self) -> &ReplayReport {
        &self.report
    }

    /// Opens the next segment, if there is one.
    fn open_next(&mut self) -> bool {
        while let Some(ReplaySegment { path, name, len }) = self.segments.pop_front() {
            let opened = File::open(path).and_then(|file| SegmentReader::new(file, name.mark, len));
            match opened {
                // What is another version was refused at the start.
                Ok((Opening::OtherVersion(_), reader)) => {
                    self.damaged(name, reader.skipped(), DamageCause::Corrupt);
                }
                Ok((_, reader)) => {
                    self.reading = Some(Reading { name, reader });
                    return true;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.damaged(name, len, DamageCause::Unreadable(error.to_string())),
            }
        }
        false
    }

    fn damaged(&mut self, name: SegmentName, skipped: u64, cause: DamageCause) {
        self.report.damages.push(Damage { segment: name.to_string(), skipped, cause });
    }
}

impl Iterator for Replay {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        loop {
            let Some(Reading { reader, .. }) = &mut self.reading else {
                if self.open_next() {
                    continue;
                }
                return None;
            };
            let cause = match reader.next() {
                Ok(Some(record)) if record.arrived < self.oldest => {
                    self.report.too_old += 1;
                    continue;
                }
                Ok(Some(record)) => {
                    self.report.records += 1;
                    self.report.bytes += record.bytes.len() as u64;
                    return Some(record);
                }
                Ok(None) => DamageCause::Corrupt,
                Err(error) => DamageCause::Unreadable(error.to_string()),
            };
            if let Some(Reading { name, reader }) = self.reading.take()
                && (reader.skipped() > 0 || cause != DamageCause::Corrupt)
            {
                self.damaged(name, reader.skipped(), cause);
            }
        }
    }
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("name", &self.name).finish_non_exhaustive()
    }
}
