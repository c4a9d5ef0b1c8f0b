//! The records of one segment, whatever else is in it.

use std::io::{self, BufReader, Read, Seek};

use bytes::Bytes;

use super::bounds::MAX_RECORD;
use super::frame::{FRAME, Frame, OPENING, Opening, read_opening};
use super::record::Record;

/// What follows a mark.
const REST: usize = FRAME - 8;
/// Back to the end of the mark.
#[expect(clippy::cast_possible_wrap, reason = "a frame is short")]
const BACK: i64 = -(REST as i64);

/// Reads the records of one segment in one walk. After damage it goes on at the next mark that a whole record follows.
pub(super) struct SegmentReader<R> {
    file: BufReader<R>,
    mark: [u8; 8],
    /// How far it has read.
    at: u64,
    /// Where the segment ends.
    end: u64,
    /// The bytes of whole records so far.
    good: u64,
    /// Where the last whole record ends.
    good_end: u64,
}

impl<R: Read + Seek> SegmentReader<R> {
    /// Looks at the beginning of a segment of `end` bytes, whatever the file has become since.
    pub(super) fn new(file: R, mark: [u8; 8], end: u64) -> io::Result<(Opening, Self)> {
        let mut reader = Self { file: BufReader::new(file), mark, at: 0, end, good: 0, good_end: 0 };
        let mut bytes = [0; OPENING];
        let opening = if reader.read(&mut bytes)? { read_opening(&bytes) } else { Opening::Damaged };
        if opening == Opening::Ours {
            (reader.good, reader.good_end) = (reader.at, reader.at);
        }
        Ok((opening, reader))
    }

    /// The next whole record.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        while self.find_mark()? {
            let Some(frame) = self.frame()? else { continue };
            // Its length was checked: there is no more to read than is in the file, and no more to make room for.
            let mut bytes = vec![0; usize::try_from(frame.len).unwrap_or_default()];
            if !self.read(&mut bytes)? {
                break;
            }
            if crc32fast::hash(&bytes) == frame.sum {
                self.good += FRAME as u64 + u64::from(frame.len);
                self.good_end = self.at;
                let Frame { kind, arrived, .. } = frame;
                return Ok(Some(Record { kind, arrived, bytes: Bytes::from(bytes) }));
            }
        }
        Ok(None)
    }

    /// How many bytes of the segment are in no whole record so far as it was read. At its end: how many were skipped.
    pub(super) fn skipped(&self) -> u64 {
        self.end.saturating_sub(self.good)
    }

    /// How far it has read, in bytes.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Where the last whole record ends. What is after it, once all is read, is the torn end of the segment.
    pub(super) fn good_end(&self) -> u64 {
        self.good_end
    }

    /// Reads up to and over the next mark: usually the next eight bytes.
    fn find_mark(&mut self) -> io::Result<bool> {
        let mut last = [0; 8];
        if !self.read(&mut last)? {
            return Ok(false);
        }
        while last != self.mark {
            let mut next = [0];
            if !self.read(&mut next)? {
                return Ok(false);
            }
            last.rotate_left(1);
            let [.., end] = &mut last;
            [*end] = next;
        }
        Ok(true)
    }

    /// What follows a mark. If that is damaged, what comes after the mark is looked through again.
    fn frame(&mut self) -> io::Result<Option<Frame>> {
        let mut rest = [0; REST];
        if !self.read(&mut rest)? {
            return Ok(None);
        }
        let left = self.end.saturating_sub(self.at);
        let frame = Frame::read(self.mark, rest).filter(|frame| u64::from(frame.len) <= left.min(MAX_RECORD));
        if frame.is_none() {
            self.file.seek_relative(BACK)?;
            self.at -= REST as u64;
        }
        Ok(frame)
    }

    /// Fills `bytes`, unless the segment ends before. Then nothing is left to be read.
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<bool> {
        if bytes.len() as u64 > self.end.saturating_sub(self.at) {
            self.at = self.end;
            return Ok(false);
        }
        match self.file.read_exact(bytes) {
            Ok(()) => {
                self.at += bytes.len() as u64;
                Ok(true)
            }
            // It has become shorter since.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.at = self.end;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
