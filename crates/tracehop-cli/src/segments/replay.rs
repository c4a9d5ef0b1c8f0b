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
    /// The bytes of all segments.
    len: u64,
    /// The bytes of the segments that were opened.
    opened: u64,
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
    len: u64,
    reader: SegmentReader<File>,
}

impl Replay {
    pub(super) fn new(
        segments: impl IntoIterator<Item = ReplaySegment>,
        oldest: SystemTime,
        torn: Option<Damage>,
    ) -> Self {
        let report = ReplayReport { damages: torn.into_iter().collect(), ..ReplayReport::default() };
        let segments: VecDeque<ReplaySegment> = segments.into_iter().collect();
        let len = segments.iter().map(|segment| segment.len).sum();
        Self { segments, reading: None, oldest, len, opened: 0, report }
    }

    /// How many bytes there are to read, with those that were read.
    pub fn bytes_in_all(&self) -> u64 {
        self.len
    }

    /// How many bytes of them were read, or passed over, so far.
    pub fn bytes_read(&self) -> u64 {
        let left = |reading: &Reading| reading.len.saturating_sub(reading.reader.at());
        self.opened.saturating_sub(self.reading.as_ref().map_or(0, left))
    }

    /// What was found so far: all of it, once the last record was read.
    pub fn report(&self) -> &ReplayReport {
        &self.report
    }

    /// Opens the next segment, if there is one.
    fn open_next(&mut self) -> bool {
        while let Some(ReplaySegment { path, name, len }) = self.segments.pop_front() {
            self.opened = self.opened.saturating_add(len);
            let opened = File::open(path).and_then(|file| SegmentReader::new(file, name.mark, len));
            match opened {
                // What is another version was refused at the start.
                Ok((Opening::OtherVersion(_), reader)) => {
                    self.damaged(name, reader.skipped(), DamageCause::Corrupt);
                }
                Ok((_, reader)) => {
                    self.reading = Some(Reading { name, len, reader });
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
            if let Some(Reading { name, reader, .. }) = self.reading.take()
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
