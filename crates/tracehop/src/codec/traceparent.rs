//! `traceparent`, [W3C Trace Context level 2], section 3.2.
//!
//! [W3C Trace Context level 2]: https://www.w3.org/TR/trace-context-2/#traceparent-header

use opentelemetry::trace::{SpanId, TraceFlags, TraceId};

use super::{hex, trim_ows};

/// The length of a version 00 value, in bytes.
pub(crate) const LEN: usize = 55;

/// Bits 0 (sampled) and 1 (random trace id): the ones level 2 defines. All others must be sent as zero.
pub(crate) const KNOWN_FLAGS: TraceFlags = TraceFlags::new(0b11);

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
        let is_version_00 = *v0 == b'0' && *v1 == b'0' && rest.is_empty();
        if !is_version_00 && !is_later_version(*v0, *v1, rest) {
            return None;
        }
        let (trace_high, ids) = ids.split_first_chunk()?;
        let (trace_low, ids) = ids.split_first_chunk()?;
        let (b'-', span_id) = ids.split_first()? else { return None };
        let high = hex::decode16(trace_high);
        let low = hex::decode16(trace_low);
        let span = hex::decode16(span_id.first_chunk()?);
        let flags = hex::decode2(*f0, *f1)?;
        let is_well_formed = high.error | low.error | span.error == 0;
        let is_zero = high.value | low.value == 0 || span.value == 0;
        (is_well_formed && !is_zero).then(|| Self {
            trace_id: TraceId::from(u128::from(high.value) << 64 | u128::from(low.value)),
            span_id: SpanId::from(span.value),
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
        [*f0, *f1] = hex::encode2((self.flags & KNOWN_FLAGS).to_u8());
        text
    }
}

/// The flags a span sends on: its own sampled bit, and the random bit of the trace it belongs to.
///
/// The SDK forgets the random bit when it drops a span; level 2 says it must be kept for the whole trace.
pub(crate) fn keep_random(own: TraceFlags, parent: TraceFlags) -> TraceFlags {
    own | (parent & RANDOM)
}

/// Whether a version that is not 00, or a text that is longer, can be read as if it were version 00.
#[cold]
fn is_later_version(v0: u8, v1: u8, rest: &[u8]) -> bool {
    match (hex::decode2(v0, v1), rest) {
        (None | Some(0xff), _) => false,
        (Some(_), []) => true,
        (Some(0), _) => false,
        (Some(_), [after, ..]) => *after == b'-',
    }
}

#[inline]
fn write(text: &mut [u8], bytes: &[u8]) {
    for (digits, bytes) in text.chunks_exact_mut(8).zip(bytes.chunks_exact(4)) {
        let value = bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        digits.copy_from_slice(&hex::encode8(value));
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

    #[test]
    fn ids_may_have_any_bits_but_are_not_zero() {
        for (trace_id, span_id, is_valid) in [
            ("00000000000000010000000000000002", "0000000000000001", true),
            ("00000000000000010000000000000001", "0000000000000001", true),
            ("00000000000000010000000000000000", "0000000000000001", true),
            ("00000000000000000000000000000001", "0000000000000001", true),
            ("b7ad6b7169203331b7ad6b7169203331", "b7ad6b7169203331", true),
            ("00000000000000000000000000000000", "0000000000000001", false),
            ("00000000000000010000000000000002", "0000000000000000", false),
        ] {
            let text = format!("00-{trace_id}-{span_id}-01");
            let read = Traceparent::decode(text.as_bytes());
            assert_eq!(read.is_some(), is_valid, "{text}");
            if let Some(read) = read {
                assert_eq!(
                    (read.trace_id.to_string(), read.span_id.to_string()),
                    (trace_id.into(), span_id.into())
                );
            }
        }
    }

    #[test]
    fn errors_at_several_places_are_errors() {
        let good = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let places = [3, 11, 19, 27, 36, 44];
        for first in places {
            for second in places {
                let mut bad = *good;
                bad[first] = b'g';
                bad[second] = b'g';
                assert_eq!(Traceparent::decode(&bad), None, "at {first} and {second}");
                // The same characters everywhere, so that the errors are the same too.
                let mut bad = *b"00-00000000000000000000000000000000-0000000000000000-01";
                bad[34] = b'1';
                bad[51] = b'1';
                bad[first] = b'g';
                bad[second] = b'g';
                assert_eq!(Traceparent::decode(&bad), None, "at {first} and {second} among zeros");
            }
        }
    }
}
