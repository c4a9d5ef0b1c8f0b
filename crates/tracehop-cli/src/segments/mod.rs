//! What came in, kept on disk: append-only files of records, which are replayed at the next start.
//!
//! A record is the bytes of one request as they came (after redaction), what kind of request it was, and when it came. The
//! index is made of them again at each start, so it can change its mind about what it makes of them.
//!
//! # The files
//!
//! A directory holds `lock`, which one process at a time has locked, and segments with names such as
//! `00000000000000000042-9f86d081884c7d65.segment`: their place in the order, and the *mark*, a number that was drawn for this
//! segment. All numbers in them are little-endian.
//!
//! | Bytes | The beginning of a segment |
//! |---|---|
//! | 8 | `tracehop` |
//! | 4 | The version: 1 |
//! | 4 | CRC-32 of the 12 bytes before |
//!
//! | Bytes | A record |
//! |---|---|
//! | 8 | The mark: it begins each record of the segment, so that the next one is found after damage |
//! | 1 | Its kind: 1 is traces, 2 is logs |
//! | 3 | Zero |
//! | 4 | The length of what came |
//! | 8 | When it came, in nanoseconds since 1970 |
//! | 4 | CRC-32 of what came |
//! | 4 | CRC-32 of the 28 bytes before |
//! | … | What came |
//!
//! The mark stands in the name and is drawn anew for each segment, because senders choose the bytes of records: nobody can
//! write something into a span that would be taken for a record once the record around it is damaged.

mod append_error;
mod bounds;
mod counts;
mod damage;
mod directory;
mod directory_lock;
mod disk;
mod frame;
mod log;
mod queue;
mod record;
mod replay;
mod segment_name;
mod segment_reader;
mod segments;
mod segments_error;
mod writer;

pub use append_error::AppendError;
pub use bounds::SegmentBounds;
pub use counts::SegmentCounts;
pub use damage::{Damage, DamageCause};
pub use record::{Record, RecordKind};
pub use replay::{Replay, ReplayReport};
pub use segments::{Appending, Segments};
pub use segments_error::SegmentsError;
