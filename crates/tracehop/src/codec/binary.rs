//! The 29-byte form of the [W3C binary draft], which older Kafka agents write.
//!
//! ```text
//! 00 | 00 trace-id (16 bytes) | 01 parent-id (8 bytes) | 02 flags (1 byte)
//! ```
//!
//! [W3C binary draft]: https://w3c.github.io/trace-context-binary/

use opentelemetry::trace::{SpanId, TraceFlags, TraceId};

use super::traceparent::Traceparent;

/// The length of the binary form, in bytes.
const LEN: usize = 29;

/// Whether `value` can only be meant as the binary form: a `traceparent` that is text is longer.
pub(crate) fn is_binary(value: &[u8]) -> bool {
    value.len() == LEN
}

/// Reads the binary form, `None` if it is not exactly that.
pub(crate) fn decode(value: &[u8]) -> Option<Traceparent> {
    let value: &[u8; LEN] = value.try_into().ok()?;
    let [0, 0, ids @ .., 2, flags] = value else { return None };
    let (trace_id, ids) = ids.split_first_chunk::<16>()?;
    let [1, span_id @ ..] = ids else { return None };
    let (trace_id, span_id) = (TraceId::from_bytes(*trace_id), SpanId::from_bytes(span_id.try_into().ok()?));
    (trace_id != TraceId::INVALID && span_id != SpanId::INVALID).then(|| Traceparent {
        trace_id,
        span_id,
        flags: TraceFlags::new(flags & 0b11),
    })
}

/// Writes the binary form. Flags that level 2 does not define are written as zero.
pub(crate) fn encode(parts: &Traceparent) -> [u8; LEN] {
    let trace_id = [0, 0].into_iter().chain(parts.trace_id.to_bytes());
    let span_id = [1].into_iter().chain(parts.span_id.to_bytes());
    let flags = [2, (parts.flags & TraceFlags::new(0b11)).to_u8()];
    let mut value = [0; LEN];
    for (place, byte) in value.iter_mut().zip(trace_id.chain(span_id).chain(flags)) {
        *place = byte;
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(trace_id in 1_u128.., span_id in 1_u64.., flags: u8) {
            let written = |flags| Traceparent {
                trace_id: TraceId::from(trace_id),
                span_id: SpanId::from(span_id),
                flags: TraceFlags::new(flags),
            };
            let value = encode(&written(flags));
            prop_assert!(is_binary(&value));
            prop_assert_eq!(decode(&value), Some(written(flags & 3)));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_draft() {
        let written = Traceparent {
            trace_id: TraceId::from(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c),
            span_id: SpanId::from(0xb7ad_6b71_6920_3331),
            flags: TraceFlags::SAMPLED,
        };
        let trace_id = *b"\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c";
        let span_id = *b"\xb7\xad\x6b\x71\x69\x20\x33\x31";
        let bytes = [&[0, 0][..], &trace_id, &[1], &span_id, &[2, 1]].concat();
        assert_eq!(encode(&written)[..], bytes[..]);

        // The version and the numbers of the three fields have one value each.
        for place in [0, 1, 18, 27] {
            let mut changed = bytes.clone();
            changed[place] = 9;
            assert_eq!(decode(&changed), None, "at {place}");
        }
        for ids in [2..18, 19..27] {
            let mut changed = bytes.clone();
            changed[ids.clone()].fill(0);
            assert_eq!(decode(&changed), None, "zeros at {ids:?}");
        }
        assert_eq!(decode(&bytes[..28]), None);
        assert_eq!(decode(&[&bytes[..], &[0]].concat()), None);
    }
}
