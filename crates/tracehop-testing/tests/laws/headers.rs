//! Headers of a message, of every kind.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tracehop_testing::Header;

use crate::message::Message;

/// Another name of `traceparent`, to propagators that are told so.
pub(crate) const ALIAS: &str = "X-Parent";

const NAMES: &[&str] = &[
    "traceparent",
    "Traceparent",
    "TRACEPARENT",
    "tracestate",
    "TraceState",
    "baggage",
    "BAGGAGE",
    "traceparent2",
    "trace-parent",
    "x-parent",
    ALIAS,
    "b3",
    "x-b3-traceid",
    "uber-trace-id",
    "uberctx-tenant",
    "elasticapmtraceparent",
    "ce_traceparent",
    "CE_TraceParent",
    "tenant",
    "Tenant",
    "content-type",
    "x-request-id",
    "x",
    "",
    "é",
];

const VALUES: &[&str] = &[
    "00-12345678901234567890123456789012-1234567890123456-01",
    "00-12345678901234567890123456789012-1234567890123456-00",
    "01-12345678901234567890123456789012-1234567890123456-03-more",
    "00-00000000000000000000000000000000-1234567890123456-01",
    "00-garbage",
    "\"00-12345678901234567890123456789012-1234567890123456-01\"",
    "12345678901234567890123456789012-1234567890123456-d",
    "12345678901234567890123456789012:1234567890123456:0:3",
    "vendor=1,a@b@c=2",
    "=,;",
    "tenant=a;p=1,user=%C3%A9",
    "a=%,b=%1",
    "",
    "application/json",
];

/// A list of headers whose names are text.
pub(crate) fn headers() -> impl Strategy<Value = Message> {
    vec(header(), 0..8).prop_map(Message)
}

fn header() -> impl Strategy<Value = Header> {
    let value = (0..100_usize, any::<u64>(), select(VALUES)).prop_map(|(kind, random, known)| match kind {
        0..10 => None,
        10..60 => Some(known.as_bytes().to_vec()),
        60..80 => Some([known.as_bytes(), &random.to_le_bytes()].concat()),
        80..95 => Some(random.to_le_bytes().to_vec()),
        // Longer than what may be kept of it, for some of them.
        _ => {
            let [byte, low, high, ..] = random.to_le_bytes();
            let byte = b"ab=,; %"[usize::from(byte) % 7];
            Some(vec![byte; usize::from(u16::from_le_bytes([low, high])) / 4])
        }
    });
    (select(NAMES), value).prop_map(|(name, value)| (name.as_bytes().to_vec(), value))
}
