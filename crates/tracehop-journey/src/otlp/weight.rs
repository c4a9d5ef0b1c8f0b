//! How much memory a message would take, before it is decoded.

use std::mem::size_of;

use opentelemetry_proto::tonic::common::v1::{AnyValue, EntityRef, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

/// What the messages of one request may take in memory, besides the bytes of their strings.
///
/// An empty span takes two bytes in protobuf and some hundred in memory, so that a limit on bytes alone would let a request
/// of 64 MiB take 10 GiB.
const MAX_BYTES: usize = 192 * 1_024 * 1_024;

/// How many objects a request in JSON may hold. An empty one takes three bytes there.
const MAX_OBJECTS: usize = 1_000_000;

/// How deep protobuf is walked. The decoder goes as deep.
const MAX_DEPTH: usize = 100;

/// A kind of message: what one takes in memory, and which fields hold messages.
pub(crate) struct Shape {
    bytes: usize,
    parts: &'static [(u64, &'static Shape)],
}

pub(super) static TRACES: Shape = Shape { bytes: 0, parts: &[(1, &RESOURCE_SPANS)] };
/// A message that holds the spans in its first field.
#[cfg(feature = "query")]
pub(crate) static TRACES_INSIDE: Shape = Shape { bytes: 0, parts: &[(1, &TRACES)] };
static RESOURCE_SPANS: Shape = of::<ResourceSpans>(&[(1, &RESOURCE), (2, &SCOPE_SPANS)]);
static SCOPE_SPANS: Shape = of::<ScopeSpans>(&[(1, &SCOPE), (2, &SPAN)]);
static SPAN: Shape = of::<Span>(&[(9, &KEY_VALUE), (11, &EVENT), (13, &LINK), (15, &STATUS)]);
static EVENT: Shape = of::<Event>(&[(3, &KEY_VALUE)]);
static LINK: Shape = of::<Link>(&[(4, &KEY_VALUE)]);
static STATUS: Shape = of::<Status>(&[]);

pub(super) static LOGS: Shape = Shape { bytes: 0, parts: &[(1, &RESOURCE_LOGS)] };
static RESOURCE_LOGS: Shape = of::<ResourceLogs>(&[(1, &RESOURCE), (2, &SCOPE_LOGS)]);
static SCOPE_LOGS: Shape = of::<ScopeLogs>(&[(1, &SCOPE), (2, &LOG_RECORD)]);
static LOG_RECORD: Shape = of::<LogRecord>(&[(5, &ANY_VALUE), (6, &KEY_VALUE)]);

static RESOURCE: Shape = of::<Resource>(&[(1, &KEY_VALUE), (3, &ENTITY)]);
static ENTITY: Shape = of::<EntityRef>(&[(3, &STRING), (4, &STRING)]);
static STRING: Shape = of::<String>(&[]);
static SCOPE: Shape = of::<InstrumentationScope>(&[(3, &KEY_VALUE)]);
static KEY_VALUE: Shape = of::<KeyValue>(&[(2, &ANY_VALUE)]);
static ANY_VALUE: Shape = of::<AnyValue>(&[(5, &ARRAY), (6, &KEY_VALUES)]);
static ARRAY: Shape = Shape { bytes: 0, parts: &[(1, &ANY_VALUE)] };
static KEY_VALUES: Shape = Shape { bytes: 0, parts: &[(1, &KEY_VALUE)] };

const fn of<T>(parts: &'static [(u64, &'static Shape)]) -> Shape {
    Shape { bytes: size_of::<T>(), parts }
}

/// Whether a message of this shape would take too much. Of bytes that are no protobuf, the decoder will say so.
pub(super) fn is_too_heavy(bytes: &[u8], shape: &'static Shape) -> bool {
    weight(bytes, shape) > MAX_BYTES
}

/// Whether there are too many objects in a text in JSON. It counts braces, also those in strings.
#[expect(clippy::naive_bytecount, reason = "reading the JSON takes far longer")]
pub(super) fn has_too_many_objects(json: &[u8]) -> bool {
    json.iter().filter(|&&byte| byte == b'{').count() > MAX_OBJECTS
}

fn weight(bytes: &[u8], shape: &'static Shape) -> usize {
    let mut weight = 0_usize;
    // The messages that are open: what is left of each, and its shape.
    let mut open = vec![(bytes, shape)];
    while let Some((rest, shape)) = open.pop() {
        let Some((field, left)) = field(rest) else { continue };
        open.push((left, shape));
        let part = shape.parts.iter().find(|(number, _)| *number == field.number);
        if let (Some((_, part)), Some(bytes)) = (part, field.bytes)
            && open.len() < MAX_DEPTH
        {
            weight = weight.saturating_add(part.bytes);
            if weight > MAX_BYTES {
                return weight;
            }
            open.push((bytes, part));
        }
    }
    weight
}

struct Field<'a> {
    number: u64,
    /// What it holds, if it is a message, a string or bytes.
    bytes: Option<&'a [u8]>,
}

/// The first field, and what comes after it.
fn field(bytes: &[u8]) -> Option<(Field<'_>, &[u8])> {
    let (tag, rest) = varint(bytes)?;
    let number = tag >> 3;
    let (bytes, rest) = match tag & 7 {
        0 => (None, varint(rest)?.1),
        1 => (None, rest.get(8..)?),
        2 => {
            let (length, rest) = varint(rest)?;
            let (bytes, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            (Some(bytes), rest)
        }
        // Groups are gone through as if their parts stood here: that weighs too much rather than too little.
        3 | 4 => (None, rest),
        5 => (None, rest.get(4..)?),
        _ => return None,
    };
    Some((Field { number, bytes }, rest))
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(place + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::common::v1::{ArrayValue, any_value::Value};
    use prost::Message as _;

    #[test]
    fn a_request_weighs_what_its_parts_take() {
        let check = |spans: Vec<Span>, expected: usize| {
            let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
            let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
            let bytes = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
            let outer = size_of::<ResourceSpans>() + size_of::<ScopeSpans>();
            assert_eq!(weight(&bytes, &TRACES), outer + expected);
        };
        check(vec![Span::default(); 3], 3 * size_of::<Span>());
        let span = Span { name: "n".repeat(300), start_time_unix_nano: 7, kind: 5, ..Span::default() };
        check(vec![span], size_of::<Span>());
        let any = AnyValue { value: Some(Value::IntValue(1)) };
        let array = AnyValue { value: Some(Value::ArrayValue(ArrayValue { values: vec![any; 2] })) };
        let attributes = vec![KeyValue { key: "k".to_owned(), value: Some(array), ..KeyValue::default() }];
        let expected = size_of::<Span>() + size_of::<KeyValue>() + 3 * size_of::<AnyValue>();
        check(vec![Span { attributes, ..Span::default() }], expected);
    }

    #[test]
    fn what_is_no_protobuf_weighs_nothing() {
        for bytes in [&[0xff; 20][..], b"\x0a\xff", b"\x0f", b"hello"] {
            assert_eq!(weight(bytes, &TRACES), 0, "{bytes:?}");
        }
    }
}
