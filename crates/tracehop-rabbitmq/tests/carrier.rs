//! AMQP header tables do what every carrier must, and keep what only they can hold.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use amq_protocol::frame::{AMQPContentHeader, AMQPFrame, WriteContext, gen_frame};
use lapin::BasicProperties;
use lapin::types::{AMQPValue, DecimalValue, FieldArray, FieldTable, ShortString};
use opentelemetry::propagation::Injector;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use tracehop::{
    Carrier, CarrierError, CarrierErrorKind, CarrierMut, HeaderPatch, MessagePropagator, Problem, Transport,
};
use tracehop_rabbitmq::{AmqpHeaders, AmqpHeadersMut};
use tracehop_testing::{CarrierUnderTest, Header, carrier_conformance};

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const OTHER: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

/// Headers on a connection without a limit.
struct Amqp(BasicProperties);

impl Carrier for Amqp {
    fn for_each(&self, f: &mut dyn FnMut(&[u8], Option<&[u8]>)) {
        AmqpHeaders::of(&self.0).for_each(f);
    }

    fn transport(&self) -> Transport {
        AmqpHeaders::new(&FieldTable::default()).transport()
    }
}

impl CarrierMut for Amqp {
    fn apply(&mut self, patch: &HeaderPatch) -> Result<(), CarrierError> {
        AmqpHeadersMut::new(&mut self.0).frame_max(u32::MAX).apply(patch)
    }
}

impl CarrierUnderTest for Amqp {
    const ORDERED: bool = false;
    // As arrays.
    const REPEATS: bool = true;

    fn build(headers: &[Header]) -> Option<Self> {
        let mut table = BTreeMap::<ShortString, Vec<AMQPValue>>::new();
        for (name, value) in headers {
            let name = ShortString::try_new(String::from_utf8(name.clone()).ok()?).ok()?;
            let value = value.clone().map_or(AMQPValue::Void, |value| AMQPValue::LongString(value.into()));
            table.entry(name).or_default().push(value);
        }
        let one = |mut values: Vec<AMQPValue>| match values.len() {
            1 => values.pop(),
            _ => Some(AMQPValue::FieldArray(values.into())),
        };
        let table: BTreeMap<_, _> =
            table.into_iter().filter_map(|(name, values)| Some((name, one(values)?))).collect();
        let properties = BasicProperties::default();
        Some(Self(if headers.is_empty() { properties } else { properties.with_headers(table.into()) }))
    }

    fn dump(&self) -> Vec<Header> {
        let bytes = |value: &AMQPValue| value.as_long_string().map(|text| text.as_bytes().to_vec());
        let mut headers = Vec::new();
        for (name, value) in self.0.headers().iter().flatten() {
            let name = name.as_str().as_bytes();
            match value.as_array() {
                Some(array) => {
                    headers.extend(array.as_slice().iter().map(|value| (name.to_vec(), bytes(value))));
                }
                None => headers.push((name.to_vec(), bytes(value))),
            }
        }
        headers
    }
}

// Names are text of at most 255 bytes.
carrier_conformance!(amqp, Amqp, not_representable: 4);

fn long(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn table(entries: impl IntoIterator<Item = (&'static str, AMQPValue)>) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert(name.into(), value);
    }
    table
}

fn binary() -> Vec<u8> {
    let mut bytes = vec![0, 0];
    bytes.extend(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes());
    bytes.push(1);
    bytes.extend(0xb7ad_6b71_6920_3331_u64.to_be_bytes());
    bytes.extend([2, 1]);
    bytes
}

#[test]
fn a_context_is_read_from_every_type_that_holds_text() {
    let none: &[Problem] = &[];
    let array = |values: &[AMQPValue]| AMQPValue::FieldArray(FieldArray::from(values.to_vec()));
    for (value, expected, problems) in [
        (long(TRACEPARENT), TRACEPARENT, none),
        (AMQPValue::ShortString(TRACEPARENT.into()), TRACEPARENT, none),
        (AMQPValue::ByteArray(TRACEPARENT.as_bytes().into()), TRACEPARENT, none),
        (AMQPValue::ByteArray(binary().into()), TRACEPARENT, none),
        (AMQPValue::LongString(binary().into()), TRACEPARENT, none),
        (array(&[long(TRACEPARENT)]), TRACEPARENT, none),
        (array(&[long(OTHER), long(TRACEPARENT)]), TRACEPARENT, &[Problem::RepeatedTraceparent]),
        (
            array(&[
                AMQPValue::Void,
                AMQPValue::LongInt(1),
                array(&[long(OTHER)]),
                AMQPValue::ShortString(TRACEPARENT.into()),
            ]),
            TRACEPARENT,
            none,
        ),
        (AMQPValue::Void, "", none),
        (AMQPValue::Timestamp(1), "", none),
        (AMQPValue::LongLongInt(1), "", none),
        (AMQPValue::Boolean(true), "", none),
        (AMQPValue::FieldTable(table([("traceparent", long(TRACEPARENT))])), "", none),
        (array(&[]), "", none),
        (long(""), "", none),
        (long("garbage"), "", &[Problem::MalformedTraceparent]),
        (AMQPValue::LongString(vec![0xff, 0xfe, 0x80].into()), "", &[Problem::MalformedTraceparent]),
        (AMQPValue::ByteArray(vec![0xff; 55].into()), "", &[Problem::MalformedTraceparent]),
    ] {
        let headers = table([("traceparent", value.clone())]);
        let extracted = MessagePropagator::default().extract(&AmqpHeaders::new(&headers));
        assert_eq!(extracted.creation.to_string(), expected, "{value:?}");
        assert_eq!(extracted.problems.iter().collect::<Vec<_>>(), problems, "{value:?}");
    }
}

#[test]
fn what_is_printed_of_headers_is_their_names() {
    let headers = table([("password", long("secret")), ("token", AMQPValue::LongInt(42))]);
    let mut properties = BasicProperties::default().with_headers(headers.clone());
    assert_eq!(format!("{:?}", AmqpHeaders::new(&headers)), r#"["password", "token"]"#);
    assert_eq!(format!("{:?}", AmqpHeadersMut::new(&mut properties)), r#"Some(["password", "token"])"#);
}

fn patch(headers: &[(String, String)]) -> HeaderPatch {
    let mut patch = HeaderPatch::default();
    for (name, value) in headers {
        patch.set(name, value.clone());
    }
    patch
}

fn names(patch: &HeaderPatch) -> Vec<String> {
    patch.headers().map(|(name, _)| name.to_owned()).collect()
}

/// The content header as lapin writes it, frame and all.
fn written(properties: &BasicProperties) -> usize {
    let header = AMQPContentHeader { class_id: 60, body_size: 1, properties: properties.clone() };
    let mut buffer = vec![0; 1 << 20];
    let start = WriteContext::from(std::io::Cursor::new(&mut buffer[..]));
    usize::try_from(gen_frame(&AMQPFrame::Header(1, header))(start).unwrap().position).unwrap()
}

#[test]
fn a_hundred_nested_tables_are_kept_as_they_are() {
    let nested = (0..100).fold(FieldTable::default(), |inner, level| {
        let inner = AMQPValue::FieldTable(inner);
        let inner = if level % 2 == 0 { inner } else { AMQPValue::FieldArray(vec![inner].into()) };
        table([("inner", inner), ("level", AMQPValue::LongInt(level))])
    });
    let deep = AMQPValue::FieldTable(nested);
    let entries = [("b3", deep.clone()), ("body", deep.clone()), ("traceparent", long(TRACEPARENT))];
    let mut properties = BasicProperties::default().with_headers(table(entries));
    let extracted = MessagePropagator::default().extract(&AmqpHeaders::of(&properties));
    assert_eq!(extracted.creation.to_string(), TRACEPARENT);
    let patch = patch(&[("b3".to_owned(), "0".to_owned())]);
    AmqpHeadersMut::new(&mut properties).apply(&patch).unwrap();
    let expected = table([("b3", long("0")), ("body", deep.clone()), ("traceparent", long(TRACEPARENT))]);
    assert_eq!(properties.headers(), &Some(expected));
    // Where they leave no room, nothing is written.
    let foreign = table([("body", deep), ("more", long(&"x".repeat(4_096)))]);
    let mut properties = BasicProperties::default().with_headers(foreign);
    let before = properties.clone();
    let exactly = u32::try_from(written(&properties)).unwrap();
    let refused = AmqpHeadersMut::new(&mut properties).frame_max(exactly).apply(&patch).unwrap_err();
    assert_eq!((refused.kind(), &properties), (CarrierErrorKind::Room, &before));
}

#[test]
fn a_patch_fits_to_the_byte() {
    let foreign = table([("tenant", long("a")), ("B3", long("stale")), ("body", long(&"x".repeat(8_000)))]);
    let before = BasicProperties::default().with_message_id("m1".into()).with_headers(foreign);
    let patch = patch(&[("b3".to_owned(), "0".to_owned())]);
    let mut properties = before.clone();
    AmqpHeadersMut::new(&mut properties).apply(&patch).unwrap();
    let exactly = u32::try_from(written(&properties)).unwrap();

    let mut properties = before.clone();
    AmqpHeadersMut::new(&mut properties).frame_max(exactly).apply(&patch).unwrap();
    let mut properties = before.clone();
    let refused = AmqpHeadersMut::new(&mut properties).frame_max(exactly - 1).apply(&patch).unwrap_err();
    assert_eq!((refused.kind(), refused.header()), (CarrierErrorKind::Room, "b3"));
    assert_eq!(properties, before);
}

#[test]
fn a_patch_that_writes_nothing_is_never_refused() {
    let headers = table([("baggage", long("stale=1")), ("body", long(&"x".repeat(8_000)))]);
    let mut properties = BasicProperties::default().with_headers(headers);
    AmqpHeadersMut::new(&mut properties).frame_max(4096).apply(&HeaderPatch::default()).unwrap();
    assert!(properties.headers().as_ref().unwrap().contains_key("baggage"));
}

#[test]
fn a_name_longer_than_amqp_allows_is_refused() {
    let mut properties = BasicProperties::default();
    let mut apply = |length| {
        let patch = patch(&[("n".repeat(length), "1".to_owned())]);
        AmqpHeadersMut::new(&mut properties).apply(&patch)
    };
    let refused = apply(256).unwrap_err();
    assert_eq!((refused.kind(), refused.header()), (CarrierErrorKind::Name, &*"n".repeat(256)));
    apply(255).unwrap();
}

fn value() -> impl Strategy<Value = AMQPValue> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(AMQPValue::Boolean),
        any::<i8>().prop_map(AMQPValue::ShortShortInt),
        any::<u8>().prop_map(AMQPValue::ShortShortUInt),
        any::<i16>().prop_map(AMQPValue::ShortInt),
        any::<u16>().prop_map(AMQPValue::ShortUInt),
        any::<i32>().prop_map(AMQPValue::LongInt),
        any::<u32>().prop_map(AMQPValue::LongUInt),
        any::<i64>().prop_map(AMQPValue::LongLongInt),
        (-1e30_f32..1e30).prop_map(AMQPValue::Float),
        (-1e300_f64..1e300).prop_map(AMQPValue::Double),
        (any::<u8>(), any::<u32>())
            .prop_map(|(scale, value)| AMQPValue::DecimalValue(DecimalValue { scale, value })),
        "[a-z]{0,20}".prop_map(|text| AMQPValue::ShortString(text.into())),
        vec(any::<u8>(), 0..3_000).prop_map(|bytes| AMQPValue::LongString(bytes.into())),
        any::<u64>().prop_map(AMQPValue::Timestamp),
        vec(any::<u8>(), 0..40).prop_map(|bytes| AMQPValue::ByteArray(bytes.into())),
        Just(AMQPValue::Void),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|values| AMQPValue::FieldArray(values.into())),
            btree_map(name(), inner, 0..4).prop_map(|entries| AMQPValue::FieldTable(entries.into())),
        ]
    })
}

fn name() -> impl Strategy<Value = ShortString> {
    prop_oneof![
        4 => "[a-zA-Z$#][a-zA-Z0-9_.-]{0,12}",
        1 => "\\PC{0,20}",
        1 => "(traceparent|Traceparent|TRACESTATE|tracestate|baggage|Baggage)",
    ]
    .prop_map(ShortString::from)
}

proptest! {
    #[test]
    fn a_patch_leaves_foreign_entries_alone_and_never_outgrows_the_frame(
        entries in btree_map(name(), value(), 0..8),
        ours in vec(("(traceparent|tracestate|baggage|b3|x-b3)", "[ -~]{0,2000}"), 1..4),
        frame_max in 4096_u32..12_000,
    ) {
        let before = BasicProperties::default().with_priority(1).with_headers(entries.into());
        let patch = patch(&ours);
        let mut after = before.clone();
        let applied = AmqpHeadersMut::new(&mut after).frame_max(frame_max).apply(&patch);

        let room = usize::try_from(frame_max).unwrap();
        if applied.is_err() {
            prop_assert_eq!(&after, &before);
            let mut unlimited = before.clone();
            AmqpHeadersMut::new(&mut unlimited).frame_max(u32::MAX).apply(&patch).unwrap();
            prop_assert!(written(&unlimited) > room, "refused although there was room");
            return Ok(());
        }
        prop_assert!(written(&after) <= room);
        let foreign = |properties: &BasicProperties| -> BTreeMap<ShortString, AMQPValue> {
            let all = properties.headers().clone().unwrap_or_default();
            all.into_iter()
                .filter(|(name, _)| !patch.owns(name.as_str().as_bytes()))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        prop_assert_eq!(foreign(&after), foreign(&before));
        prop_assert_eq!(after.priority(), before.priority());
        let headers = after.headers().as_ref().unwrap();
        prop_assert_eq!(headers.inner().len(), foreign(&before).len() + names(&patch).len());
        for (name, value) in patch.headers() {
            prop_assert_eq!(headers.inner().get(name), Some(&AMQPValue::LongString(value.into())));
        }
    }

    #[test]
    fn reading_any_table_neither_panics_nor_invents_a_context(
        entries in btree_map(name(), value(), 0..8),
    ) {
        let extracted = MessagePropagator::default().extract(&AmqpHeaders::new(&entries.into()));
        prop_assert!(!extracted.creation.is_valid());
    }
}
