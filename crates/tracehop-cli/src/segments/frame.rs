//! What is written before each segment and before each record: see the tables of this folder.

use std::time::{Duration, SystemTime};

use super::record::RecordKind;

/// The version of the files.
pub(super) const VERSION: u32 = 1;
/// The length of what stands at the beginning of a segment.
pub(super) const OPENING: usize = 16;
/// The length of what stands before a record's bytes.
pub(super) const FRAME: usize = 32;

const MAGIC: [u8; 8] = *b"tracehop";

/// What the beginning of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// It is a segment.
    Ours,
    /// It is a segment of this other version.
    OtherVersion(u32),
    /// It was damaged, or is none.
    Damaged,
}

/// The beginning of a segment.
pub(super) fn opening() -> [u8; OPENING] {
    let mut bytes = [0; OPENING];
    let (said, sum) = bytes.split_at_mut(12);
    let (magic, version) = said.split_at_mut(8);
    magic.copy_from_slice(&MAGIC);
    version.copy_from_slice(&VERSION.to_le_bytes());
    sum.copy_from_slice(&crc32fast::hash(said).to_le_bytes());
    bytes
}

pub(super) fn read_opening(bytes: &[u8; OPENING]) -> Opening {
    let (said, sum) = bytes.split_at(12);
    let (magic, version) = said.split_at(8);
    if magic != MAGIC || u32_of(sum) != crc32fast::hash(said) {
        return Opening::Damaged;
    }
    match u32_of(version) {
        VERSION => Opening::Ours,
        other => Opening::OtherVersion(other),
    }
}

/// What stands before a record's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: RecordKind,
    pub(super) arrived: SystemTime,
    pub(super) len: u32,
    pub(super) sum: u32,
}

impl Frame {
    pub(super) fn to_bytes(self, mark: [u8; 8]) -> [u8; FRAME] {
        let mut bytes = [0; FRAME];
        let (said, sum) = bytes.split_at_mut(28);
        let since = self.arrived.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let nanoseconds = u64::try_from(since.as_nanos()).unwrap_or(u64::MAX);
        let fields = [
            &mark[..],
            &[self.kind.to_byte(), 0, 0, 0],
            &self.len.to_le_bytes(),
            &nanoseconds.to_le_bytes(),
            &self.sum.to_le_bytes(),
        ];
        let fields = fields.into_iter().flatten();
        said.iter_mut().zip(fields).for_each(|(byte, field)| *byte = *field);
        sum.copy_from_slice(&crc32fast::hash(said).to_le_bytes());
        bytes
    }

    /// What stands after a mark, if it is what stands before a record.
    pub(super) fn read(mark: [u8; 8], rest: [u8; FRAME - 8]) -> Option<Self> {
        let (said, sum) = rest.split_at(20);
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&mark);
        hasher.update(said);
        if hasher.finalize() != u32_of(sum) {
            return None;
        }
        let (kind, said) = said.split_at(4);
        let (len, said) = said.split_at(4);
        let (arrived, sum) = said.split_at(8);
        let arrived = u64::from_le_bytes(arrived.try_into().ok()?);
        Some(Self {
            kind: RecordKind::from_byte(*kind.first()?)?,
            arrived: SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(arrived))?,
            len: u32_of(len),
            sum: u32_of(sum),
        })
    }
}

fn u32_of(bytes: &[u8]) -> u32 {
    bytes.try_into().map(u32::from_le_bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: [u8; 8] = *b"\x9f\x86\xd0\x81\x88\x4c\x7d\x65";

    fn read(bytes: [u8; FRAME]) -> Option<Frame> {
        Frame::read(bytes[..8].try_into().unwrap(), bytes[8..].try_into().unwrap())
    }

    #[test]
    fn a_frame_is_read_as_it_was_written() {
        for kind in [RecordKind::Traces, RecordKind::Logs] {
            for nanoseconds in [0, 1, 1_764_201_600_000_000_001, u64::MAX] {
                let arrived = SystemTime::UNIX_EPOCH + Duration::from_nanos(nanoseconds);
                let frame = Frame { kind, arrived, len: 0x0102_0304, sum: u32::MAX };
                assert_eq!(read(frame.to_bytes(MARK)), Some(frame));
            }
        }
    }

    #[test]
    fn no_bit_of_a_frame_or_an_opening_flips_unseen() {
        let frame = Frame { kind: RecordKind::Logs, arrived: SystemTime::UNIX_EPOCH, len: 7, sum: 8 };
        for bit in 0..FRAME * 8 {
            let mut bytes = frame.to_bytes(MARK);
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read(bytes), None, "bit {bit}");
        }
        assert_eq!(read_opening(&opening()), Opening::Ours);
        for bit in 0..OPENING * 8 {
            let mut bytes = opening();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read_opening(&bytes), Opening::Damaged, "bit {bit}");
        }
    }

    #[test]
    fn another_version_is_told_from_damage() {
        let mut bytes = opening();
        bytes[8..12].copy_from_slice(&7u32.to_le_bytes());
        let sum = crc32fast::hash(&bytes[..12]);
        bytes[12..].copy_from_slice(&sum.to_le_bytes());
        assert_eq!(read_opening(&bytes), Opening::OtherVersion(7));
    }
}
