//! What a segment is called.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;

/// The name of a segment's file: its place in the order, and its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentName {
    pub(super) number: u64,
    /// What each of its records begins with.
    pub(super) mark: [u8; 8],
}

impl SegmentName {
    /// A name for the segment with this number, and a mark that nobody can guess.
    pub(super) fn new(number: u64) -> Self {
        // The keys of a `RandomState` are drawn from the operating system, and its hash does not give them away.
        Self { number, mark: RandomState::new().hash_one(number).to_be_bytes() }
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020}-{:016x}.segment", self.number, u64::from_be_bytes(self.mark))
    }
}

/// The file is not a segment.
pub(super) struct NoSegment;

impl FromStr for SegmentName {
    type Err = NoSegment;

    fn from_str(text: &str) -> Result<Self, NoSegment> {
        let (number, mark) =
            text.strip_suffix(".segment").and_then(|stem| stem.split_once('-')).ok_or(NoSegment)?;
        let name = Self {
            number: number.parse().map_err(|_| NoSegment)?,
            mark: u64::from_str_radix(mark, 16).map_err(|_| NoSegment)?.to_be_bytes(),
        };
        // Whatever reads as the same numbers and is written otherwise was not written by this program.
        if name.to_string() == text { Ok(name) } else { Err(NoSegment) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written_and_in_no_other_way() {
        for number in [0, 1, 42, u64::MAX] {
            let name = SegmentName::new(number);
            assert!(name.to_string().parse::<SegmentName>().is_ok_and(|read| read == name));
        }
        for other in [
            "",
            "lock",
            "1-2.segment",
            "00000000000000000042-9f86d081884c7d65",
            "00000000000000000042-9F86D081884C7D65.segment",
            "+0000000000000000042-9f86d081884c7d65.segment",
            "00000000000000000042-9f86d081884c7d65.segment.bak",
            "99999999999999999999-9f86d081884c7d65.segment",
        ] {
            assert!(other.parse::<SegmentName>().is_err(), "{other}");
        }
    }

    #[test]
    fn names_are_ordered_as_their_segments_are() {
        let mut names = [SegmentName::new(11), SegmentName::new(2), SegmentName::new(u64::MAX)];
        let mut texts = names.map(|name| name.to_string());
        names.sort_unstable();
        texts.sort_unstable();
        assert_eq!(names.map(|name| name.to_string()), texts);
        assert_ne!(SegmentName::new(1), SegmentName::new(1), "a mark is drawn anew");
    }
}
