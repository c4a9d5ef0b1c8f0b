//! `b3` in one header and `X-B3-*` in several, the [B3] of Zipkin.
//!
//! Both hold a trace id of 64 or 128 bits, a span id and a sampling decision. They have no random bit, so a
//! context that was read from them does not claim that its trace id was drawn at random.
//!
//! [B3]: https://github.com/openzipkin/b3-propagation

use opentelemetry::trace::TraceFlags;

use super::traceparent::Traceparent;
use super::{hex, trim_ows};

/// The length of the single header as it is written, in bytes.
const SINGLE_LEN: usize = 51;

/// What the B3 of a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct B3 {
    pub(crate) parts: Traceparent,
    /// The trace is to be kept by everybody, past every sampler. It is sampled as well.
    pub(crate) debug: bool,
    /// The sender left the decision to the receiver. It is not sampled.
    pub(crate) deferred: bool,
}

/// The values of the several headers as they are written. Exactly one of `sampled` and `flags` is there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Multi {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) sampled: Option<&'static str>,
    pub(crate) flags: Option<&'static str>,
}

#[derive(Clone, Copy)]
enum Decision {
    Deferred,
    Drop,
    Keep,
    Debug,
}

/// Reads `{trace id}-{span id}-{decision}-{parent span id}`, whose last or last two fields may be missing.
///
/// A decision alone (`0`, `1` or `d`) is allowed by B3. It has no ids, so there is no context in it.
pub(crate) fn decode_single(value: &[u8]) -> Option<B3> {
    let mut fields = trim_ows(value).split(|byte| *byte == b'-');
    let (trace_id, span_id) = (fields.next()?, fields.next()?);
    let decision = match fields.next() {
        None => Decision::Deferred,
        Some(b"0") => Decision::Drop,
        Some(b"1") => Decision::Keep,
        Some(b"d") => Decision::Debug,
        Some(_) => return None,
    };
    // Nobody needs the parent of the sender's span, but what is no span id there makes it another format.
    let is_parent = |parent: &[u8]| parent.len() == 16 && hex::decode_padded(parent).is_some();
    (fields.next().is_none_or(is_parent) && fields.next().is_none()).then_some(())?;
    context(trace_id, span_id, decision)
}

/// Reads the values of `X-B3-TraceId`, `X-B3-SpanId`, `X-B3-Sampled` and `X-B3-Flags`.
///
/// Debug is said by the flags, and then `sampled` is not looked at: senders are to leave it out. Flags other
/// than `1` say nothing, as in the other readers of this format.
pub(crate) fn decode_multi(
    trace_id: Option<&[u8]>,
    span_id: Option<&[u8]>,
    sampled: Option<&[u8]>,
    flags: Option<&[u8]>,
) -> Option<B3> {
    let decision = match (flags.map(trim_ows), sampled.map(trim_ows)) {
        (Some(b"1"), _) => Decision::Debug,
        (_, None) => Decision::Deferred,
        // The words are what the first versions of Zipkin's libraries sent.
        (_, Some(b"0" | b"false")) => Decision::Drop,
        (_, Some(b"1" | b"true")) => Decision::Keep,
        (_, Some(_)) => return None,
    };
    context(trim_ows(trace_id?), trim_ows(span_id?), decision)
}

fn context(trace_id: &[u8], span_id: &[u8], decision: Decision) -> Option<B3> {
    (matches!(trace_id.len(), 16 | 32) && span_id.len() == 16).then_some(())?;
    let is_sampled = matches!(decision, Decision::Keep | Decision::Debug);
    Some(B3 {
        parts: Traceparent {
            trace_id: hex::trace_id(trace_id)?,
            span_id: hex::span_id(span_id)?,
            flags: TraceFlags::NOT_SAMPLED.with_sampled(is_sampled),
        },
        debug: matches!(decision, Decision::Debug),
        deferred: matches!(decision, Decision::Deferred),
    })
}

/// Writes the single header. The decision is always there, and never the parent of the span.
pub(crate) fn encode_single(parts: &Traceparent, debug: bool) -> String {
    let mut text = String::with_capacity(SINGLE_LEN);
    hex::push(&parts.trace_id.to_bytes(), &mut text);
    text.push('-');
    hex::push(&parts.span_id.to_bytes(), &mut text);
    text.push_str(match (debug, parts.flags.is_sampled()) {
        (true, _) => "-d",
        (false, true) => "-1",
        (false, false) => "-0",
    });
    text
}

/// Writes the several headers. Debug is said by the flags alone.
pub(crate) fn encode_multi(parts: &Traceparent, debug: bool) -> Multi {
    let (mut trace_id, mut span_id) = (String::with_capacity(32), String::with_capacity(16));
    hex::push(&parts.trace_id.to_bytes(), &mut trace_id);
    hex::push(&parts.span_id.to_bytes(), &mut span_id);
    let sampled = if parts.flags.is_sampled() { "1" } else { "0" };
    Multi { trace_id, span_id, sampled: (!debug).then_some(sampled), flags: debug.then_some("1") }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceId};
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";

    fn parts(trace_id: u128, span_id: u64, is_sampled: bool) -> Traceparent {
        Traceparent {
            trace_id: TraceId::from(trace_id),
            span_id: SpanId::from(span_id),
            flags: TraceFlags::new(u8::from(is_sampled)),
        }
    }

    /// What the row of a table expects: `0`, `1`, `d`, `deferred`, or `none` if there is no context.
    fn expected(decision: &str) -> Option<B3> {
        let parts =
            |is_sampled| parts(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c, 0xb7ad_6b71_6920_3331, is_sampled);
        match decision {
            "none" => None,
            "0" => Some(B3 { parts: parts(false), debug: false, deferred: false }),
            "1" => Some(B3 { parts: parts(true), debug: false, deferred: false }),
            "d" => Some(B3 { parts: parts(true), debug: true, deferred: false }),
            _ => Some(B3 { parts: parts(false), debug: false, deferred: true }),
        }
    }

    fn multi(written: &Multi) -> Option<B3> {
        decode_multi(
            Some(written.trace_id.as_bytes()),
            Some(written.span_id.as_bytes()),
            written.sampled.map(str::as_bytes),
            written.flags.map(str::as_bytes),
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            trace_id in 1_u128..,
            span_id in 1_u64..,
            flags in 0_u8..4,
            debug: bool,
        ) {
            let written = Traceparent { flags: TraceFlags::new(flags), ..parts(trace_id, span_id, false) };
            // Neither form holds the random bit, and debug implies sampled.
            let read = B3 { parts: parts(trace_id, span_id, debug || flags & 1 == 1), debug, deferred: false };
            prop_assert_eq!(decode_single(encode_single(&written, debug).as_bytes()), Some(read));
            prop_assert_eq!(multi(&encode_multi(&written, debug)), Some(read));
        }

        #[test]
        fn no_bytes_make_it_panic(values: [Option<Vec<u8>>; 4]) {
            let [trace_id, span_id, sampled, flags] = values.each_ref().map(Option::as_deref);
            let _ = decode_single(trace_id.unwrap_or_default());
            let _ = decode_multi(trace_id, span_id, sampled, flags);
            let _ = decode_multi(Some(TRACE.as_bytes()), Some(SPAN.as_bytes()), sampled, flags);
        }
    }

    #[test]
    fn the_single_header_has_two_to_four_fields() {
        for (value, decision) in [
            (format!("{TRACE}-{SPAN}"), "deferred"),
            (format!("{TRACE}-{SPAN}-0"), "0"),
            (format!("{TRACE}-{SPAN}-1"), "1"),
            (format!("{TRACE}-{SPAN}-d"), "d"),
            (format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90"), "1"),
            (format!("{TRACE}-{SPAN}-d-05e3ac9a4f6e3b90"), "d"),
            (format!(" \t{TRACE}-{SPAN}-1\t "), "1"),
            // A decision alone has no ids.
            ("0".into(), "none"),
            ("1".into(), "none"),
            ("d".into(), "none"),
            (String::new(), "none"),
            ("-".into(), "none"),
            ("---".into(), "none"),
            (TRACE.into(), "none"),
            // Nothing may be missing between two dashes, or follow the last field.
            (format!("{TRACE}-"), "none"),
            (format!("{TRACE}-{SPAN}-"), "none"),
            (format!("{TRACE}-{SPAN}-1-"), "none"),
            (format!("{TRACE}-{SPAN}--05e3ac9a4f6e3b90"), "none"),
            (format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90-"), "none"),
            (format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90-1"), "none"),
            (format!("-{TRACE}-{SPAN}-1"), "none"),
            // The decision is one of three characters.
            (format!("{TRACE}-{SPAN}-2"), "none"),
            (format!("{TRACE}-{SPAN}-D"), "none"),
            (format!("{TRACE}-{SPAN}-01"), "none"),
            (format!("{TRACE}-{SPAN}-true"), "none"),
            (format!("{TRACE}-{SPAN}-05e3ac9a4f6e3b90"), "none"),
            // Ids have their full length, in small letters, and are not zero.
            (format!("{}-{SPAN}-1", &TRACE[1..]), "none"),
            (format!("0{TRACE}-{SPAN}-1"), "none"),
            (format!("{TRACE}-{}-1", &SPAN[1..]), "none"),
            (format!("{TRACE}-0{SPAN}-1"), "none"),
            (format!("{}-{SPAN}-1", TRACE.to_uppercase()), "none"),
            (format!("{TRACE}-{}-1", SPAN.to_uppercase()), "none"),
            (format!("{TRACE}-{SPAN}-1-05E3AC9A4F6E3B90"), "none"),
            (format!("{TRACE}-{SPAN}-1-5e3ac9a4f6e3b90"), "none"),
            (format!("{TRACE}-{SPAN}-1-005e3ac9a4f6e3b90"), "none"),
            (format!("{}-{SPAN}-1", "0".repeat(32)), "none"),
            (format!("{}-{SPAN}-1", "0".repeat(16)), "none"),
            (format!("{TRACE}-{}-1", "0".repeat(16)), "none"),
        ] {
            assert_eq!(decode_single(value.as_bytes()), expected(decision), "{value:?}");
        }
    }

    #[test]
    fn a_short_trace_id_has_zeros_before_it() {
        let read = B3 {
            parts: parts(0x8448_eb21_1c80_319c, 0xb7ad_6b71_6920_3331, true),
            debug: false,
            deferred: false,
        };
        let trace_id = &TRACE[16..];
        assert_eq!(decode_single(format!("{trace_id}-{SPAN}-1").as_bytes()), Some(read));
        assert_eq!(
            decode_multi(Some(trace_id.as_bytes()), Some(SPAN.as_bytes()), Some(b"1"), None),
            Some(read)
        );
    }

    #[test]
    fn the_several_headers_need_both_ids_and_debug_comes_first() {
        for (trace_id, span_id, sampled, flags, decision) in [
            (Some(TRACE), Some(SPAN), None, None, "deferred"),
            (Some(TRACE), Some(SPAN), Some("0"), None, "0"),
            (Some(TRACE), Some(SPAN), Some("1"), None, "1"),
            (Some(TRACE), Some(SPAN), Some("false"), None, "0"),
            (Some(TRACE), Some(SPAN), Some("true"), None, "1"),
            (Some(TRACE), Some(SPAN), Some("\t1 "), None, "1"),
            (Some(TRACE), Some(SPAN), None, Some("1"), "d"),
            (Some(TRACE), Some(SPAN), None, Some(" 1\t"), "d"),
            (Some(TRACE), Some(SPAN), Some("0"), Some("1"), "d"),
            (Some(TRACE), Some(SPAN), Some("maybe"), Some("1"), "d"),
            (Some(TRACE), Some(SPAN), Some("1"), Some("0"), "1"),
            (Some(TRACE), Some(SPAN), Some("0"), Some("2"), "0"),
            (Some(TRACE), Some(SPAN), None, Some("0"), "deferred"),
            (Some(TRACE), Some(SPAN), None, Some("true"), "deferred"),
            (Some(" 0af7651916cd43dd8448eb211c80319c\t"), Some("\tb7ad6b7169203331 "), Some("1"), None, "1"),
            (Some(TRACE), Some(SPAN), Some(""), None, "none"),
            (Some(TRACE), Some(SPAN), Some("d"), None, "none"),
            (Some(TRACE), Some(SPAN), Some("True"), None, "none"),
            (Some(TRACE), Some(SPAN), Some("2"), None, "none"),
            (None, Some(SPAN), Some("1"), None, "none"),
            (Some(TRACE), None, Some("1"), None, "none"),
            (None, None, Some("1"), None, "none"),
            (Some(""), Some(SPAN), Some("1"), None, "none"),
            (Some(TRACE), Some(""), Some("1"), None, "none"),
            (Some(&TRACE[1..]), Some(SPAN), Some("1"), None, "none"),
            (Some(TRACE), Some(&SPAN[1..]), Some("1"), None, "none"),
            (Some(TRACE), Some(TRACE), Some("1"), None, "none"),
            (Some("00000000000000000000000000000000"), Some(SPAN), Some("1"), None, "none"),
            (Some(TRACE), Some("0000000000000000"), Some("1"), None, "none"),
            (Some("0AF7651916CD43DD8448EB211C80319C"), Some(SPAN), Some("1"), None, "none"),
        ] {
            let bytes = |value: Option<&'static str>| value.map(str::as_bytes);
            let read = decode_multi(bytes(trace_id), bytes(span_id), bytes(sampled), bytes(flags));
            assert_eq!(read, expected(decision), "{trace_id:?} {span_id:?} {sampled:?} {flags:?}");
        }
    }

    #[test]
    fn what_is_written_says_the_decision_once() {
        let sampled = expected("1").unwrap().parts;
        let dropped = expected("0").unwrap().parts;
        for (parts, debug, single, sampled, flags) in [
            (sampled, false, "1", Some("1"), None),
            (dropped, false, "0", Some("0"), None),
            (sampled, true, "d", None, Some("1")),
            (dropped, true, "d", None, Some("1")),
        ] {
            let text = encode_single(&parts, debug);
            assert_eq!(text, format!("{TRACE}-{SPAN}-{single}"));
            assert_eq!((text.len(), text.capacity()), (SINGLE_LEN, SINGLE_LEN));
            let written = Multi { trace_id: TRACE.into(), span_id: SPAN.into(), sampled, flags };
            assert_eq!(encode_multi(&parts, debug), written);
        }
    }

    #[test]
    fn signs_spaces_and_what_is_not_ascii_are_refused_at_every_place() {
        let good = format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90");
        for byte in [b'+', b' ', b'\t', b'_'].into_iter().chain(0x80..=0xff) {
            for place in 1..good.len() - 1 {
                let mut changed = good.clone().into_bytes();
                changed[place] = byte;
                assert_eq!(decode_single(&changed), None, "{byte:#x} at {place}");
                changed[place] = good.as_bytes()[place];
                changed.insert(place, byte);
                assert_eq!(decode_single(&changed), None, "{byte:#x} before {place}");
            }
            for place in 0..TRACE.len() {
                let (mut trace_id, mut span_id) = (TRACE.as_bytes().to_vec(), SPAN.as_bytes().to_vec());
                trace_id[place] = byte;
                assert_eq!(decode_multi(Some(&trace_id), Some(SPAN.as_bytes()), None, None), None);
                span_id[place % 16] = byte;
                assert_eq!(decode_multi(Some(TRACE.as_bytes()), Some(&span_id), None, None), None);
            }
        }
    }
}
