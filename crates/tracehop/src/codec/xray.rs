//! `x-amzn-trace-id`, the [tracing header of AWS X-Ray].
//!
//! ```text
//! Root=1-{8 digits of the time}-{24 digits};Parent={16 digits};Sampled={0, 1 or ?}
//! ```
//!
//! The two parts of the root are one trace id of 32 digits.
//!
//! [tracing header of AWS X-Ray]: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

use opentelemetry::trace::{TraceFlags, TraceId};

use super::traceparent::Traceparent;
use super::{hex, trim_ows};

/// The most fields that are looked at. Three count, and the services of AWS add two or three of their own.
const MAX_FIELDS: usize = 16;

/// What an `x-amzn-trace-id` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct XRay {
    pub(crate) parts: Traceparent,
    /// The sender left the decision to the receiver. It is not sampled.
    pub(crate) deferred: bool,
}

/// Reads the value, `None` if it has no root or no parent, or if one of the three fields is malformed.
///
/// Fields may be in any order. Those of other names (`Self`, `Lineage`) are skipped. If a field is there twice
/// the first one counts, so that nobody changes the context by adding text at the end.
pub(crate) fn decode(value: &[u8]) -> Option<XRay> {
    let (mut root, mut parent, mut sampled) = (None, None, None);
    for field in value.split(|byte| *byte == b';').take(MAX_FIELDS) {
        let Some(equals) = field.iter().position(|byte| *byte == b'=') else { continue };
        let Some((name, [_, content @ ..])) = field.split_at_checked(equals) else { continue };
        let place = match trim_ows(name) {
            b"Root" => &mut root,
            b"Parent" => &mut parent,
            b"Sampled" => &mut sampled,
            _ => continue,
        };
        place.get_or_insert(trim_ows(content));
    }
    let (is_sampled, deferred) = match sampled {
        None | Some(b"?") => (false, true),
        Some(b"0") => (false, false),
        Some(b"1") => (true, false),
        Some(_) => return None,
    };
    Some(XRay {
        parts: Traceparent {
            trace_id: decode_root(root?)?,
            span_id: parent.filter(|parent| parent.len() == 16).and_then(hex::span_id)?,
            flags: TraceFlags::NOT_SAMPLED.with_sampled(is_sampled),
        },
        deferred,
    })
}

/// `1` is the version, and the only one there is.
fn decode_root(root: &[u8]) -> Option<TraceId> {
    let [b'1', b'-', ids @ ..] = root else { return None };
    let (time, ids) = ids.split_first_chunk::<8>()?;
    let [b'-', rest @ ..] = ids else { return None };
    let rest: &[u8; 24] = rest.try_into().ok()?;
    let trace_id = TraceId::from(hex::decode_padded(time)? << 96 | hex::decode_padded(rest)?);
    (trace_id != TraceId::INVALID).then_some(trace_id)
}

/// Writes the value. The decision is always there.
///
/// X-Ray takes the first eight digits for the time at which the trace began. Whether they are one is for the
/// application's id generator to see to: here ids are only carried.
pub(crate) fn encode(parts: &Traceparent) -> String {
    let (root, parent) = ("Root=1-", ";Parent=");
    let sampled = if parts.flags.is_sampled() { ";Sampled=1" } else { ";Sampled=0" };
    let trace_id = parts.trace_id.to_bytes();
    let (time, rest) = trace_id.split_at(4);
    let mut text = String::with_capacity(root.len() + 33 + parent.len() + 16 + sampled.len());
    text.push_str(root);
    hex::push(time, &mut text);
    text.push('-');
    hex::push(rest, &mut text);
    text.push_str(parent);
    hex::push(&parts.span_id.to_bytes(), &mut text);
    text.push_str(sampled);
    text
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::SpanId;
    use proptest::prelude::*;

    use super::*;

    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
    const PARENT: &str = "Parent=53995c3f42cd8ad8";

    fn parts(trace_id: u128, span_id: u64, is_sampled: bool) -> Traceparent {
        Traceparent {
            trace_id: TraceId::from(trace_id),
            span_id: SpanId::from(span_id),
            flags: TraceFlags::new(u8::from(is_sampled)),
        }
    }

    fn read(is_sampled: bool, deferred: bool) -> XRay {
        let parts = parts(0x5759_e988_bd86_2e3f_e1be_46a9_9427_2793, 0x5399_5c3f_42cd_8ad8, is_sampled);
        XRay { parts, deferred }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(trace_id in 1_u128.., span_id in 1_u64.., flags in 0_u8..4) {
            let written = Traceparent { flags: TraceFlags::new(flags), ..parts(trace_id, span_id, false) };
            // There is no random bit.
            let read = XRay { parts: parts(trace_id, span_id, flags & 1 == 1), deferred: false };
            prop_assert_eq!(decode(encode(&written).as_bytes()), Some(read));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, text in "(Root=|Parent=|1-|[0-9a-f;= -]){0,40}") {
            let _ = (decode(&bytes), decode(text.as_bytes()));
        }
    }

    #[test]
    fn root_and_parent_are_needed_and_the_decision_is_not() {
        let zero_root = "Root=1-00000000-000000000000000000000000";
        for (value, expected) in [
            (format!("{ROOT};{PARENT};Sampled=1"), Some(read(true, false))),
            (format!("{ROOT};{PARENT};Sampled=0"), Some(read(false, false))),
            (format!("{ROOT};{PARENT};Sampled=?"), Some(read(false, true))),
            (format!("{ROOT};{PARENT}"), Some(read(false, true))),
            // Any order, white space around every part, empty fields, fields of others.
            (format!("Sampled=1;{PARENT};{ROOT}"), Some(read(true, false))),
            (format!(" {ROOT} ;\t{PARENT}\t; Sampled = 1 "), Some(read(true, false))),
            (format!(";;{ROOT};{PARENT};Sampled=1;"), Some(read(true, false))),
            (
                format!("Self=1-x;{ROOT};{PARENT};Sampled=1;Lineage=a87bd80c:1|68fd508a:5"),
                Some(read(true, false)),
            ),
            (format!("{ROOT};{PARENT};Sampled=1;note"), Some(read(true, false))),
            (format!("{ROOT};{PARENT};Sampled=1;note=é=\u{1}"), Some(read(true, false))),
            // The first of a repeated field counts, right or wrong.
            (format!("{ROOT};{PARENT};Sampled=1;Sampled=0;Root=1;Parent=2"), Some(read(true, false))),
            (format!("Root=1;{ROOT};{PARENT};Sampled=1"), None),
            (format!("Sampled=2;{ROOT};{PARENT};Sampled=1"), None),
            // Names have one spelling.
            (format!("{};{PARENT}", ROOT.replace("Root", "root")), None),
            (format!("{ROOT};{}", PARENT.replace("Parent", "parent")), None),
            (format!("{ROOT};{PARENT};sampled=1"), Some(read(false, true))),
            // Something is missing.
            (String::new(), None),
            (";".into(), None),
            ("=".into(), None),
            (ROOT.into(), None),
            (PARENT.into(), None),
            ("Sampled=1".into(), None),
            (format!("Root=;{PARENT}"), None),
            (format!("{ROOT};Parent="), None),
            (format!("{ROOT};{PARENT};Sampled="), None),
            // Something is malformed.
            (format!("{ROOT};{PARENT};Sampled=2"), None),
            (format!("{ROOT};{PARENT};Sampled=true"), None),
            (format!("{ROOT};{PARENT};Sampled=1=1"), None),
            (format!("{ROOT}0;{PARENT}"), None),
            (format!("{ROOT};{PARENT}0"), None),
            (format!("{ROOT}-;{PARENT}"), None),
            (format!("{};{PARENT}", &ROOT[..ROOT.len() - 1]), None),
            (format!("{ROOT};{}", &PARENT[..PARENT.len() - 1]), None),
            (format!("{};{PARENT}", ROOT.replace("=1-", "=2-")), None),
            (format!("{};{PARENT}", ROOT.replace("=1-", "=")), None),
            (format!("{};{PARENT}", ROOT.replace("988-b", "988b-")), None),
            (format!("{};{PARENT}", ROOT.replace("988-b", "988_b")), None),
            (format!("{};{PARENT}", ROOT.replace("e988", "E988")), None),
            (format!("{};{PARENT}", ROOT.replace("be46", "BE46")), None),
            (format!("{ROOT};{}", PARENT.replace("cd", "CD")), None),
            (format!("{ROOT},{PARENT}"), None),
            // An id is zero.
            (format!("{zero_root};{PARENT}"), None),
            (format!("{ROOT};Parent=0000000000000000"), None),
        ] {
            assert_eq!(decode(value.as_bytes()), expected, "{value:?}");
        }
    }

    #[test]
    fn sixteen_fields_are_looked_at() {
        for (others, is_read) in [(13, true), (14, false)] {
            let value = format!("{}{ROOT};Sampled=1;{PARENT}", "Other=1;".repeat(others));
            assert_eq!(decode(value.as_bytes()), is_read.then(|| read(true, false)), "{others} other fields");
        }
    }

    #[test]
    fn half_of_a_root_may_be_zero() {
        for (root, trace_id) in
            [("1-00000000-000000000000000000000001", 1), ("1-00000001-000000000000000000000000", 1 << 96)]
        {
            let read = decode(format!("Root={root};{PARENT}").as_bytes()).unwrap();
            assert_eq!(read.parts.trace_id, TraceId::from(trace_id));
        }
    }

    #[test]
    fn what_is_written_is_in_the_usual_order() {
        for (is_sampled, sampled) in [(true, 1), (false, 0)] {
            let text = encode(&read(is_sampled, false).parts);
            assert_eq!(text, format!("{ROOT};{PARENT};Sampled={sampled}"));
            assert_eq!(text.len(), text.capacity());
        }
    }

    #[test]
    fn signs_spaces_and_what_is_not_ascii_are_refused_within_the_three_fields() {
        let good = format!("{ROOT};{PARENT};Sampled=1");
        let content = |name: &str, length: usize| {
            let start = good.find(name).unwrap() + name.len();
            start..start + length
        };
        for content in [content("Root=", 35), content("Parent=", 16), content("Sampled=", 1)] {
            for byte in [b'+', b' ', b'\t', b'_'].into_iter().chain(0x80..=0xff) {
                for place in content.clone() {
                    let mut changed = good.clone().into_bytes();
                    changed[place] = byte;
                    assert_eq!(decode(&changed), None, "{byte:#x} at {place}");
                    if place > content.start {
                        changed[place] = good.as_bytes()[place];
                        changed.insert(place, byte);
                        assert_eq!(decode(&changed), None, "{byte:#x} before {place}");
                    }
                }
            }
        }
    }
}
