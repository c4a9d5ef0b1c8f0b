//! `uber-trace-id` and `uberctx-*`, the [headers of Jaeger's clients].
//!
//! ```text
//! {trace id}:{span id}:{parent span id}:{flags}
//! ```
//!
//! [headers of Jaeger's clients]: https://www.jaegertracing.io/sdk-migration/#propagation-format

use std::borrow::Cow;

use opentelemetry::trace::TraceFlags;

use super::percent::{percent_decode, percent_encode};
use super::traceparent::Traceparent;
use super::{baggage, hex, trim_ows};

/// The most bytes a value can have: the ids, the flags, and three colons of three bytes each.
const MAX_BYTES: usize = 32 + 16 + 16 + 2 + 3 * 3;

/// Bits 0 and 1 of Jaeger's flags. The others mean nothing to a receiver.
const SAMPLED: u8 = 0b01;
const DEBUG: u8 = 0b10;

/// What an `uber-trace-id` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Jaeger {
    pub(crate) parts: Traceparent,
    /// The trace is to be kept by everybody, past every sampler. It is sampled as well.
    pub(crate) debug: bool,
}

/// Reads the value, as it is or as clients for HTTP send it: with `%3A` for every colon.
///
/// Ids may be shorter than their length, because clients leave zeros out on the left. The parent of the
/// sender's span is out of use and not kept, but it must be a number of at most 16 digits.
pub(crate) fn decode(value: &[u8]) -> Option<Jaeger> {
    let value = trim_ows(value);
    let text = (value.len() <= MAX_BYTES).then(|| std::str::from_utf8(value).ok()).flatten()?;
    [":", "%3A", "%3a"].iter().find_map(|colon| decode_fields(text.split(colon)))
}

fn decode_fields<'a>(fields: impl Iterator<Item = &'a str>) -> Option<Jaeger> {
    let mut fields = fields.map(str::as_bytes);
    let (trace_id, span_id) = (hex::trace_id(fields.next()?)?, hex::span_id(fields.next()?)?);
    let (parent, flags) = (fields.next()?, fields.next()?);
    let is_whole = parent.len() <= 16 && flags.len() <= 2 && fields.next().is_none();
    hex::decode_padded(parent).filter(|_| is_whole)?;
    let flags = u8::try_from(hex::decode_padded(flags)?).ok()?;
    Some(Jaeger {
        parts: Traceparent {
            trace_id,
            span_id,
            flags: TraceFlags::NOT_SAMPLED.with_sampled(flags & (SAMPLED | DEBUG) != 0),
        },
        debug: flags & DEBUG != 0,
    })
}

/// Writes the value with both ids at their full length, and no parent. A trace to debug is sampled as well.
pub(crate) fn encode(parts: &Traceparent, debug: bool) -> String {
    let flags = match (debug, parts.flags.is_sampled()) {
        (true, _) => ":0:3",
        (false, true) => ":0:1",
        (false, false) => ":0:0",
    };
    let mut text = String::with_capacity(32 + 1 + 16 + flags.len());
    hex::push(&parts.trace_id.to_bytes(), &mut text);
    text.push(':');
    hex::push(&parts.span_id.to_bytes(), &mut text);
    text.push_str(flags);
    text
}

/// Reads the value of a header whose name starts with `uberctx-`: printable ASCII, percent-encoded.
///
/// A `+` is a plus sign: clients do not agree on whether it stands for a space. Jaeger sets no limit, so that
/// of the `baggage` header is taken.
pub(crate) fn decode_baggage_value(value: &[u8]) -> Option<Cow<'_, str>> {
    let value = trim_ows(value);
    let is_readable =
        value.len() <= baggage::MAX_BYTES && value.iter().all(|byte| matches!(byte, b'\t' | 0x20..=0x7e));
    let text = is_readable.then(|| std::str::from_utf8(value).ok()).flatten()?;
    Some(percent_decode(text))
}

/// Writes a value for such a header, `None` if it would be too long to be read again.
pub(crate) fn encode_baggage_value(value: &str) -> Option<String> {
    // No byte is written as less than one, so what is too long is known before any of it is copied.
    let value = (value.len() <= baggage::MAX_BYTES).then_some(value)?;
    let mut text = String::with_capacity(value.len());
    percent_encode(value, &mut text);
    (text.len() <= baggage::MAX_BYTES).then_some(text)
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceId};
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn jaeger(trace_id: u128, span_id: u64, is_sampled: bool, debug: bool) -> Jaeger {
        Jaeger {
            parts: Traceparent {
                trace_id: TraceId::from(trace_id),
                span_id: SpanId::from(span_id),
                flags: TraceFlags::new(u8::from(is_sampled)),
            },
            debug,
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            trace_id in 1_u128..,
            span_id in 1_u64..,
            flags in 0_u8..4,
            debug: bool,
        ) {
            let Jaeger { parts, .. } = jaeger(trace_id, span_id, false, false);
            let text = encode(&Traceparent { flags: TraceFlags::new(flags), ..parts }, debug);
            // There is no random bit, and debug implies sampled.
            let read = jaeger(trace_id, span_id, debug || flags & 1 == 1, debug);
            prop_assert_eq!(decode(text.as_bytes()), Some(read));
            prop_assert_eq!(decode(text.replace(':', "%3A").as_bytes()), Some(read));
        }

        #[test]
        fn shortened_ids_are_read_as_the_numbers_they_are(
            trace_id in 1_u128..,
            span_id in 1_u64..,
            shift in 0_u32..128,
        ) {
            let (trace_id, span_id) = ((trace_id >> shift).max(1), (span_id >> (shift / 2)).max(1));
            let text = format!("{trace_id:x}:{span_id:x}:0:1");
            prop_assert_eq!(decode(text.as_bytes()), Some(jaeger(trace_id, span_id, true, false)));
        }

        #[test]
        fn any_baggage_value_survives_the_round_trip(value: String) {
            prop_assume!(value.len() < 2000);
            let text = encode_baggage_value(&value).unwrap();
            let read = decode_baggage_value(text.as_bytes());
            prop_assert_eq!(read.as_deref(), Some(value.as_str()));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "[0-9a-f:%3A]{0,80}") {
            let _ = (decode(&bytes), decode(text.as_bytes()), decode_baggage_value(&bytes));
        }
    }

    #[test]
    fn a_value_has_four_fields() {
        let full = |is_sampled, debug| {
            Some(jaeger(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 0xb7ad_6b71_6920_3331, is_sampled, debug))
        };
        for (value, expected) in [
            (format!("{TRACE}:{SPAN}:0:1"), full(true, false)),
            (format!("{TRACE}:{SPAN}:0:0"), full(false, false)),
            (format!("{TRACE}:{SPAN}:05e3ac9a4f6e3b90:1"), full(true, false)),
            (format!(" \t{TRACE}:{SPAN}:0:1\t "), full(true, false)),
            // Colons may be escaped, all of them in the same way.
            (format!("{TRACE}%3A{SPAN}%3A0%3A1"), full(true, false)),
            (format!("{TRACE}%3a{SPAN}%3a0%3a1"), full(true, false)),
            (format!("{TRACE}%3A{SPAN}%3A05e3ac9a4f6e3b90%3A01"), full(true, false)),
            (format!("{TRACE}%3A{SPAN}:0:1"), None),
            (format!("{TRACE}%3A{SPAN}%3a0%3A1"), None),
            (format!("{TRACE}%253A{SPAN}%253A0%253A1"), None),
            // Flags are one or two digits, hexadecimal; debug implies sampled.
            (format!("{TRACE}:{SPAN}:0:01"), full(true, false)),
            (format!("{TRACE}:{SPAN}:0:2"), full(true, true)),
            (format!("{TRACE}:{SPAN}:0:3"), full(true, true)),
            (format!("{TRACE}:{SPAN}:0:03"), full(true, true)),
            (format!("{TRACE}:{SPAN}:0:8"), full(false, false)),
            (format!("{TRACE}:{SPAN}:0:b"), full(true, true)),
            (format!("{TRACE}:{SPAN}:0:10"), full(false, false)),
            (format!("{TRACE}:{SPAN}:0:ff"), full(true, true)),
            (format!("{TRACE}:{SPAN}:0:001"), None),
            (format!("{TRACE}:{SPAN}:0:g"), None),
            (format!("{TRACE}:{SPAN}:0:B"), None),
            (format!("{TRACE}:{SPAN}:0:"), None),
            (format!("{TRACE}:{SPAN}:0:-1"), None),
            // Short ids have zeros before them.
            ("1:2:0:1".into(), Some(jaeger(1, 2, true, false))),
            ("448eb211c80319c:7ad:0:1".into(), Some(jaeger(0x0448_eb21_1c80_319c, 0x7ad, true, false))),
            (format!("0{TRACE}:{SPAN}:0:1"), None),
            (format!("{TRACE}:0{SPAN}:0:1"), None),
            (format!(":{SPAN}:0:1"), None),
            (format!("{TRACE}::0:1"), None),
            (format!("0:{SPAN}:0:1"), None),
            (format!("{TRACE}:0:0:1"), None),
            (format!("{}:{SPAN}:0:1", "0".repeat(32)), None),
            (format!("{TRACE}:{}:0:1", "0".repeat(16)), None),
            (format!("{}:{SPAN}:0:1", TRACE.to_uppercase()), None),
            (format!("{TRACE}:{}:0:1", SPAN.to_uppercase()), None),
            // The parent is a number.
            (format!("{TRACE}:{SPAN}::1"), None),
            (format!("{TRACE}:{SPAN}:none:1"), None),
            (format!("{TRACE}:{SPAN}:005e3ac9a4f6e3b90:1"), None),
            // There are neither more fields nor less.
            (format!("{TRACE}:{SPAN}:0"), None),
            (format!("{TRACE}:{SPAN}:0:1:"), None),
            (format!("{TRACE}:{SPAN}:0:1:1"), None),
            (String::new(), None),
            (":::".into(), None),
            (":".repeat(1_000), None),
            ("0".repeat(1_000), None),
        ] {
            assert_eq!(decode(value.as_bytes()), expected, "{value:?}");
        }
    }

    #[test]
    fn the_longest_value_is_read() {
        let value = format!("{TRACE}%3A{SPAN}%3A{SPAN}%3A01");
        assert_eq!(value.len(), MAX_BYTES);
        assert!(decode(value.as_bytes()).is_some());
    }

    #[test]
    fn what_is_written_has_no_zeros_before_the_flags() {
        for (is_sampled, debug, flags) in
            [(false, false, 0), (true, false, 1), (true, true, 3), (false, true, 3)]
        {
            let text = encode(&jaeger(1, 2, is_sampled, false).parts, debug);
            assert_eq!(text, format!("{:032x}:{:016x}:0:{flags}", 1, 2));
            assert_eq!(text.len(), text.capacity());
        }
    }

    #[test]
    fn signs_spaces_and_what_is_not_ascii_are_refused_at_every_place() {
        for good in [format!("{TRACE}:{SPAN}:05e3ac9a4f6e3b90:01"), "1a:2b:0:1".into()] {
            for byte in [b'+', b' ', b'\t', b'_'].into_iter().chain(0x80..=0xff) {
                for place in 1..good.len() - 1 {
                    let mut changed = good.clone().into_bytes();
                    changed[place] = byte;
                    assert_eq!(decode(&changed), None, "{byte:#x} at {place}");
                    changed[place] = good.as_bytes()[place];
                    changed.insert(place, byte);
                    assert_eq!(decode(&changed), None, "{byte:#x} before {place}");
                }
            }
        }
    }

    #[test]
    fn a_baggage_value_is_printable_and_decoded() {
        for (value, expected) in [
            ("a", Some("a")),
            ("", Some("")),
            (" a ", Some("a")),
            ("a b", Some("a b")),
            ("a%20b", Some("a b")),
            ("a%2cb%2C", Some("a,b,")),
            ("%C3%A9", Some("é")),
            ("a+b", Some("a+b")),
            ("100%", Some("100%")),
            ("%zz", Some("%zz")),
            ("%ff", Some("\u{fffd}")),
            ("é", None),
            ("a\u{0}", None),
            ("a\r\nb", None),
            ("a\u{7f}", None),
        ] {
            assert_eq!(decode_baggage_value(value.as_bytes()).as_deref(), expected, "{value:?}");
        }
    }

    #[test]
    fn a_baggage_value_has_8192_bytes_at_most() {
        for (value, is_carried) in [
            ("x".repeat(8192), true),
            ("x".repeat(8193), false),
            (" ".repeat(2730), true),
            (" ".repeat(2731), false),
        ] {
            let text = encode_baggage_value(&value);
            assert_eq!(text.is_some(), is_carried, "{} bytes", value.len());
            let read = text.and_then(|text| Some(decode_baggage_value(text.as_bytes())?.into_owned()));
            assert_eq!(read, is_carried.then_some(value));
        }
        assert_eq!(decode_baggage_value("x".repeat(8193).as_bytes()), None);
    }
}
