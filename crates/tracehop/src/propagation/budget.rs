//! How much one message may cost.

use crate::codec::baggage;

/// How much context is read from one message, and written into one. What is beyond is left out and counted; the message
/// is handled and sent in any case.
///
/// | what | default | why | what is counted |
/// |---|---|---|---|
/// | bytes written: names and values | 32,768 | more than [W3C Trace Context] and [W3C Baggage] can take together (24,722 bytes), so that it is only met by other formats | [`ContextShed`](crate::Problem::ContextShed) |
/// | members of baggage read | 64 | [W3C Baggage] 3.3.2: the least that a platform must pass on | [`BaggageDropped`](crate::Problem::BaggageDropped) |
/// | bytes of baggage read | 8,192 | the same | [`BaggageDropped`](crate::Problem::BaggageDropped) |
/// | values of each context header read | 1,024 | nobody writes so many; one hop writes one | [`ValuesSkipped`](crate::Problem::ValuesSkipped) |
///
/// If there are too many bytes, baggage is left out first, then other formats, then the `tracestate`. The `traceparent` is
/// always written.
///
/// [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/
/// [W3C Baggage]: https://www.w3.org/TR/baggage/#limits
///
/// ```
/// use tracehop::{Budget, MemoryHeaders, MessagePropagator, Problem};
///
/// let propagator = MessagePropagator::builder().budget(Budget::default().baggage_members(1)).build();
/// let extracted = propagator.extract(&MemoryHeaders::from_iter([("baggage", Some("a=1,b=2"))]));
/// assert_eq!(extracted.creation.baggage().len(), 1);
/// assert!(extracted.problems.contains(Problem::BaggageDropped));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Budget {
    pub(super) written_bytes: usize,
    pub(super) baggage_members: usize,
    pub(super) baggage_bytes: usize,
    pub(super) values: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            written_bytes: 32 * 1024,
            baggage_members: baggage::MAX_MEMBERS,
            baggage_bytes: baggage::MAX_BYTES,
            values: 1024,
        }
    }
}

impl Budget {
    /// The most bytes of names and values that are written into one message.
    #[must_use]
    pub fn written_bytes(self, bytes: usize) -> Self {
        Self { written_bytes: bytes, ..self }
    }

    /// The most members of baggage that are read from one message, 64 at most.
    #[must_use]
    pub fn baggage_members(self, members: usize) -> Self {
        Self { baggage_members: members, ..self }
    }

    /// The most bytes of baggage that are read from one message, 8,192 at most.
    #[must_use]
    pub fn baggage_bytes(self, bytes: usize) -> Self {
        Self { baggage_bytes: bytes, ..self }
    }

    /// The most values of each context header that are looked at in one message; the first ones count.
    #[must_use]
    pub fn values(self, values: usize) -> Self {
        Self { values, ..self }
    }

    /// Never more than the specification's, whatever a file says.
    pub(super) fn baggage_limits(&self) -> baggage::Limits {
        baggage::Limits {
            members: self.baggage_members.min(baggage::MAX_MEMBERS),
            bytes: self.baggage_bytes.min(baggage::MAX_BYTES),
        }
    }
}
