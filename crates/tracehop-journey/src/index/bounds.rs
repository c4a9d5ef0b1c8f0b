//! How much an index keeps.

use std::time::Duration;

/// How much an [`Index`](crate::Index) keeps.
///
/// ```
/// use std::time::Duration;
/// use tracehop_journey::Bounds;
///
/// let bounds = Bounds::default().max_bytes(512 << 20).max_age(Duration::from_secs(3_600));
/// assert_eq!(format!("{bounds:?}"), "Bounds { bytes: 536870912, spans: 18446744073709551615, age: 3600s }");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    bytes: usize,
    spans: usize,
    age: Duration,
}

impl Default for Bounds {
    /// 256 MiB, 24 hours, any number of spans.
    fn default() -> Self {
        Self { bytes: 256 << 20, spans: usize::MAX, age: Duration::from_secs(24 * 3_600) }
    }
}

impl Bounds {
    /// What spans, and what is known of their journeys, may take in memory, in bytes.
    ///
    /// It is counted for each span and each journey, with what allocators add and what the index itself takes. A typical span of
    /// tracehop with 15 attributes takes 2.5 KiB with its share of the journey, a hostile one with 128 links no more than 64 KiB.
    pub fn max_bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// What [`max_bytes`](Self::max_bytes) says.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many spans there may be.
    pub fn max_spans(self, spans: usize) -> Self {
        Self { spans, ..self }
    }

    /// How long ago a span may have arrived.
    pub fn max_age(self, age: Duration) -> Self {
        Self { age, ..self }
    }

    pub(super) fn spans(&self) -> usize {
        self.spans
    }

    pub(super) fn age(&self) -> Duration {
        self.age
    }
}
