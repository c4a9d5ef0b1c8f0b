//! `x-datadog-*`, the [headers of Datadog's libraries].
//!
//! Ids are decimal numbers of 64 bits. A trace id of 128 bits has its low half in `x-datadog-trace-id`, and its
//! high half as sixteen hexadecimal digits in the tag `_dd.p.tid`.
//!
//! [headers of Datadog's libraries]: https://docs.datadoghq.com/tracing/trace_collection/trace_context_propagation/

use opentelemetry::trace::{SpanId, TraceFlags, TraceId};

use super::traceparent::Traceparent;
use super::{hex, trim_ows};

/// The most bytes of `x-datadog-tags` that Datadog's libraries take. A longer one is dropped whole.
const MAX_TAGS_BYTES: usize = 512;

/// The digits of the largest number of 64 bits.
const MAX_DIGITS: usize = 20;

/// The tag with the high half of the trace id, and what stands before its value.
const HIGH_HALF: &[u8] = b"_dd.p.tid=";

/// The values of the four headers as they are written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Datadog {
    pub(crate) trace_id: String,
    pub(crate) parent_id: String,
    pub(crate) sampling_priority: &'static str,
    /// Only if the high half of the trace id is not zero.
    pub(crate) tags: Option<String>,
}

/// Reads the values of `x-datadog-trace-id`, `-parent-id`, `-sampling-priority` and `-tags`.
///
/// Without a priority the trace is not sampled. A malformed high half counts as zero, as it does for Datadog's
/// libraries: the low half alone finds the trace.
pub(crate) fn decode(
    trace_id: Option<&[u8]>,
    parent_id: Option<&[u8]>,
    sampling_priority: Option<&[u8]>,
    tags: Option<&[u8]>,
) -> Option<Traceparent> {
    let (low, span_id) = (decode_id(trace_id?)?, decode_id(parent_id?)?);
    let is_sampled = match sampling_priority.map(trim_ows) {
        None | Some(b"-1" | b"0") => false,
        Some(b"1" | b"2") => true,
        Some(_) => return None,
    };
    let high = tags.and_then(decode_high_half).unwrap_or_default();
    Some(Traceparent {
        trace_id: TraceId::from(high << 64 | u128::from(low)),
        span_id: SpanId::from(span_id),
        flags: TraceFlags::NOT_SAMPLED.with_sampled(is_sampled),
    })
}

/// A decimal number that is not zero. `str::parse` would take a `+` as well.
fn decode_id(value: &[u8]) -> Option<u64> {
    let digits = trim_ows(value);
    (digits.len() <= MAX_DIGITS).then_some(())?;
    let id = digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    });
    // No digits at all are zero, too.
    id.filter(|id| *id != 0)
}

/// The first tag of that name counts.
fn decode_high_half(tags: &[u8]) -> Option<u128> {
    let tags = trim_ows(tags);
    (tags.len() <= MAX_TAGS_BYTES).then_some(())?;
    let digits = tags.split(|byte| *byte == b',').find_map(|tag| tag.strip_prefix(HIGH_HALF))?;
    (digits.len() == 16).then(|| hex::decode_padded(digits)).flatten()
}

/// Writes the four values, `None` if the low half of the trace id is zero: for Datadog that is no trace.
pub(crate) fn encode(parts: &Traceparent) -> Option<Datadog> {
    let bytes = parts.trace_id.to_bytes();
    let (high, low) = (bytes.first_chunk::<8>()?, bytes.last_chunk::<8>()?);
    let low = u64::from_be_bytes(*low);
    let tags = (*high != [0; 8]).then(|| {
        let mut text = String::with_capacity(HIGH_HALF.len() + 16);
        text.extend(HIGH_HALF.iter().copied().map(char::from));
        hex::push(high, &mut text);
        text
    });
    (low != 0).then(|| Datadog {
        trace_id: low.to_string(),
        parent_id: u64::from_be_bytes(parts.span_id.to_bytes()).to_string(),
        sampling_priority: if parts.flags.is_sampled() { "1" } else { "0" },
        tags,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(trace_id: u128, span_id: u64, is_sampled: bool) -> Traceparent {
        Traceparent {
            trace_id: TraceId::from(trace_id),
            span_id: SpanId::from(span_id),
            flags: TraceFlags::new(u8::from(is_sampled)),
        }
    }

    fn read(written: &Datadog) -> Option<Traceparent> {
        decode(
            Some(written.trace_id.as_bytes()),
            Some(written.parent_id.as_bytes()),
            Some(written.sampling_priority.as_bytes()),
            written.tags.as_deref().map(str::as_bytes),
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            high: u64,
            is_short: bool,
            low in 1_u64..,
            span_id in 1_u64..,
            flags in 0_u8..4,
        ) {
            let high = if is_short { 0 } else { high };
            let trace_id = u128::from(high) << 64 | u128::from(low);
            let held = parts(trace_id, span_id, flags & 1 == 1);
            let written = encode(&Traceparent { flags: TraceFlags::new(flags), ..held });
            // There is no random bit.
            prop_assert_eq!(read(&written.unwrap()), Some(held));
        }

        #[test]
        fn no_bytes_make_it_panic(values: [Option<Vec<u8>>; 4], digits in "[0-9]{0,25}") {
            let [trace_id, parent_id, priority, tags] = values.each_ref().map(Option::as_deref);
            let _ = decode(trace_id, parent_id, priority, tags);
            let _ = decode(Some(b"1"), Some(digits.as_bytes()), priority, tags);
            let _ = decode(Some(b"1"), Some(b"2"), None, tags);
        }
    }

    #[test]
    fn an_id_is_a_decimal_number_of_64_bits() {
        for (value, expected) in [
            ("1", Some(1)),
            ("1234567890", Some(1_234_567_890)),
            ("18446744073709551615", Some(u64::MAX)),
            ("00000000000000000001", Some(1)),
            (" \t1 ", Some(1)),
            ("18446744073709551616", None),
            ("99999999999999999999", None),
            ("000000000000000000001", None),
            ("0", None),
            ("00000000000000000000", None),
            ("", None),
            (" ", None),
            ("+1", None),
            ("-1", None),
            ("1.0", None),
            ("1e3", None),
            ("0x1", None),
            ("a", None),
            ("1_000", None),
            ("1 2", None),
            ("1\n", None),
            ("\u{661}", None),
        ] {
            let is_sampled = true;
            let expected_trace = expected.map(|id| parts(u128::from(id), 7, is_sampled));
            let expected_span = expected.map(|id| parts(7, id, is_sampled));
            let value = value.as_bytes();
            assert_eq!(decode(Some(value), Some(b"7"), Some(b"1"), None), expected_trace, "{value:?}");
            assert_eq!(decode(Some(b"7"), Some(value), Some(b"1"), None), expected_span, "{value:?}");
        }
        assert_eq!(decode(None, Some(b"7"), Some(b"1"), None), None);
        assert_eq!(decode(Some(b"7"), None, Some(b"1"), None), None);
    }

    #[test]
    fn a_priority_above_zero_is_sampled() {
        for (value, is_sampled) in [
            (None, Some(false)),
            (Some("-1"), Some(false)),
            (Some("0"), Some(false)),
            (Some("1"), Some(true)),
            (Some("2"), Some(true)),
            (Some(" 2\t"), Some(true)),
            (Some(""), None),
            (Some("+1"), None),
            (Some("- 1"), None),
            (Some("01"), None),
            (Some("1.0"), None),
            (Some("3"), None),
            (Some("-2"), None),
            (Some("true"), None),
            (Some("\u{661}"), None),
        ] {
            let read = decode(Some(b"7"), Some(b"8"), value.map(str::as_bytes), None);
            assert_eq!(read, is_sampled.map(|is_sampled| parts(7, 8, is_sampled)), "{value:?}");
        }
    }

    #[test]
    fn the_high_half_is_one_of_the_tags_and_ignored_if_it_is_malformed() {
        for (tags, high) in [
            ("_dd.p.tid=640cfd8d00000000", 0x640c_fd8d_0000_0000),
            (" _dd.p.tid=640cfd8d00000000\t", 0x640c_fd8d_0000_0000),
            ("_dd.p.dm=-4,_dd.p.tid=640cfd8d00000000", 0x640c_fd8d_0000_0000),
            ("_dd.p.tid=640cfd8d00000000,_dd.p.dm=-4,", 0x640c_fd8d_0000_0000),
            ("_dd.p.tid=0000000000000001,_dd.p.tid=0000000000000002", 1),
            ("_dd.p.tid=1,_dd.p.tid=0000000000000002", 0),
            ("_dd.p.tid=0000000000000000", 0),
            ("_dd.p.tid=640CFD8D00000000", 0),
            ("_dd.p.tid=640cfd8d0000000", 0),
            ("_dd.p.tid=640cfd8d000000000", 0),
            ("_dd.p.tid=+40cfd8d00000000", 0),
            ("_dd.p.tid= 40cfd8d00000000", 0),
            ("_dd.p.tid=640cfd8d0000000 ,", 0),
            ("_dd.p.tid=640cfd8d00000é0", 0),
            ("_dd.p.tid=", 0),
            ("_dd.p.tid", 0),
            ("_DD.P.TID=640cfd8d00000000", 0),
            ("x_dd.p.tid=640cfd8d00000000", 0),
            ("_dd.p.dm=-4", 0),
            (",,,", 0),
            ("", 0),
        ] {
            let read = decode(Some(b"7"), Some(b"8"), Some(b"1"), Some(tags.as_bytes()));
            assert_eq!(read, Some(parts(high << 64 | 7, 8, true)), "{tags:?}");
        }
    }

    #[test]
    fn tags_have_512_bytes_at_most() {
        let tag = "_dd.p.tid=0000000000000001,a=";
        for (bytes, high) in [(512, 1), (513, 0)] {
            let tags = format!("{tag}{}", "x".repeat(bytes - tag.len()));
            let read = decode(Some(b"7"), Some(b"8"), Some(b"1"), Some(tags.as_bytes()));
            assert_eq!(read, Some(parts(high << 64 | 7, 8, true)), "{bytes} bytes");
        }
    }

    #[test]
    fn the_high_half_is_written_if_there_is_one_and_a_low_half_is_needed() {
        let written = |trace_id: &str, tags: Option<&str>| {
            Some(Datadog {
                trace_id: trace_id.into(),
                parent_id: "18446744073709551615".into(),
                sampling_priority: "1",
                tags: tags.map(str::to_owned),
            })
        };
        for (trace_id, expected) in [
            (7, written("7", None)),
            (0x640c_fd8d_0000_0000_0000_0000_0000_0007, written("7", Some("_dd.p.tid=640cfd8d00000000"))),
            (u128::from(u64::MAX), written("18446744073709551615", None)),
            (1 << 64, None),
        ] {
            assert_eq!(encode(&parts(trace_id, u64::MAX, true)), expected, "{trace_id:x}");
        }
        assert_eq!(encode(&parts(7, 8, false)).unwrap().sampling_priority, "0");
    }

    #[test]
    fn signs_spaces_and_what_is_not_ascii_are_refused_at_every_place() {
        let good = b"1234567890123456789";
        for byte in [b'+', b' ', b'\t', b'_'].into_iter().chain(0x80..=0xff) {
            for place in 1..good.len() - 1 {
                let mut changed = good.to_vec();
                changed[place] = byte;
                assert_eq!(decode(Some(&changed), Some(b"8"), None, None), None, "{byte:#x} at {place}");
                changed[place] = good[place];
                changed.insert(place, byte);
                assert_eq!(decode(Some(b"7"), Some(&changed), None, None), None, "{byte:#x} before {place}");
            }
        }
    }
}
