//! `traceparent`, [W3C Trace Context level 2], section 3.2.
//!
//! [W3C Trace Context level 2]: https://www.w3.org/TR/trace-context-2/#traceparent-header

use opentelemetry::trace::{SpanId, TraceFlags, TraceId};

use super::{hex, trim_ows};

/// The length of a version 00 value, in bytes.
pub(crate) const LEN: usize = 55;

/// Bits 0 (sampled) and 1 (random trace id): the ones level 2 defines. All others must be sent as zero.
const KNOWN_FLAGS: TraceFlags = TraceFlags::new(0b11);

/// Bit 1: the trace id was drawn at random. It is kept across a hop.
const RANDOM: TraceFlags = TraceFlags::new(0b10);

/// What a `traceparent` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Traceparent {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: TraceFlags,
}

impl Traceparent {
    /// Reads the text form, `None` if any byte is not as the specification says.
    ///
    /// White space around the value is allowed. Version 00 is exactly 55 bytes; a later version may be longer
    /// if a dash follows, and is read as if it were version 00.
    #[inline]
    pub(crate) fn decode(value: &[u8]) -> Option<Self> {
        let value = match value {
            [b' ' | b'\t', ..] | [.., b' ' | b'\t'] => trim_ows(value),
            _ => value,
        };
        let (head, rest) = value.split_first_chunk::<LEN>()?;
        let [v0, v1, b'-', ids @ .., b'-', f0, f1] = head else { return None };
        let version = hex::decode2(*v0, *v1)?;
        let well_ended = match (version, rest) {
            (0xff, _) => false,
            (_, []) => true,
            (0, _) => false,
            (_, [after, ..]) => *after == b'-',
        };
        let (trace_id, ids) = ids.split_first_chunk::<32>()?;
        let [b'-', span_id @ ..] = ids else { return None };
        let span_id = u64::from(hex::decode8(*span_id.first_chunk()?)?) << 32
            | u64::from(hex::decode8(*span_id.last_chunk()?)?);
        let (high, low) = trace_id.split_first_chunk::<16>()?;
        let trace_id = u128::from(decode16(high)?) << 64 | u128::from(decode16(low.first_chunk()?)?);
        let flags = hex::decode2(*f0, *f1)?;
        (well_ended && trace_id != 0 && span_id != 0).then(|| Self {
            trace_id: TraceId::from(trace_id),
            span_id: SpanId::from(span_id),
            flags: TraceFlags::new(flags) & KNOWN_FLAGS,
        })
    }

    /// Writes version 00. Flags that level 2 does not define are written as zero.
    #[inline]
    pub(crate) fn encode(self) -> [u8; LEN] {
        let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
        let [_, _, _, ids @ .., _, f0, f1] = &mut text;
        let (trace_id, span_id) = ids.split_at_mut(32);
        write(trace_id, &self.trace_id.to_bytes());
        write(span_id.get_mut(1..).unwrap_or_default(), &self.span_id.to_bytes());
        [*f0, *f1] = hex::encode((self.flags & KNOWN_FLAGS).to_u8());
        text
    }
}

/// The flags a span sends on: its own sampled bit, and the random bit of the trace it belongs to.
///
/// The SDK forgets the random bit when it drops a span; level 2 says it must be kept for the whole trace.
pub(crate) fn keep_random(own: TraceFlags, parent: TraceFlags) -> TraceFlags {
    own | (parent & RANDOM)
}

#[inline]
fn decode16(digits: &[u8; 16]) -> Option<u64> {
    let (high, low) = digits.split_first_chunk::<8>()?;
    Some(u64::from(hex::decode8(*high)?) << 32 | u64::from(hex::decode8(*low.first_chunk()?)?))
}

#[inline]
fn write(text: &mut [u8], bytes: &[u8]) {
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&hex::encode(*byte));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(trace_id in 1_u128.., span_id in 1_u64.., flags: u8) {
            let written = Traceparent {
                trace_id: TraceId::from(trace_id),
                span_id: SpanId::from(span_id),
                flags: TraceFlags::new(flags & 3),
            };
            prop_assert_eq!(Traceparent::decode(&written.encode()), Some(written));
        }

        #[test]
        fn a_changed_byte_is_refused_or_changes_the_meaning(place in 0..LEN, byte: u8) {
            let good = *b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            let mut changed = good;
            changed[place] = byte;
            if let Some(read) = Traceparent::decode(&changed) {
                let ids = |read: Traceparent| (read.trace_id, read.span_id);
                // Another version or other flags are read as well.
                let same_ids = byte == good[place] || !(2..LEN - 2).contains(&place);
                prop_assert_eq!(Some(ids(read)) == Traceparent::decode(&good).map(ids), same_ids);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = Traceparent::decode(&bytes);
        }
    }
}
