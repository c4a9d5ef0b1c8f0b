//! Row 24: values that a bridge wrapped.

use tracehop::Problem::WrappedValue;

use super::binary::binary;
use super::ids::{SPAN_ID, TRACE_ID};
use super::vector::Vector;

pub(super) fn vectors() -> Vec<Vector> {
    let new = |name, reason| Vector::new(24, name, reason);
    let text = format!("00-{TRACE_ID}-{SPAN_ID}-01");
    let encoded = [&[0xa1, 55], text.as_bytes()].concat();
    let encoded_long = [&[0xb1, 0, 0, 0, 55], text.as_bytes()].concat();
    let encoded_short = [&[0xa1, 54], text.as_bytes()].concat();
    let encoded_binary = [vec![0xa0, 29], binary(1)].concat();
    vec![
        new("traceparent_in_json_quotes_is_unwrapped", "bridges write header values as JSON")
            .header("traceparent", format!("\"{text}\""))
            .continues(1)
            .reports(WrappedValue),
        new("tracestate_and_baggage_in_json_quotes_are_unwrapped", "bridges write header values as JSON")
            .continued()
            .tracestate("\"foo=1\"")
            .baggage("\"a=1,b=2\"")
            .keeps("foo=1")
            .carries(&[("a", "1"), ("b", "2")], "a=1,b=2")
            .reports(WrappedValue),
        new("traceparent_in_quotes_twice_restarts", "one level is unwrapped")
            .header("traceparent", format!("\"\"{text}\"\""))
            .restarts(),
        new("encoded_traceparent_is_unwrapped", "bridges from AMQP 1.0 keep its encoding of strings")
            .header("traceparent", encoded)
            .continues(1)
            .reports(WrappedValue),
        new("encoded_traceparent_with_a_long_length_is_unwrapped", "the length may have four bytes")
            .header("traceparent", encoded_long)
            .continues(1)
            .reports(WrappedValue),
        new("encoded_binary_traceparent_is_unwrapped", "AMQP 1.0 has a type for bytes")
            .header("traceparent", encoded_binary)
            .continues(1)
            .reports(WrappedValue),
        new("encoded_traceparent_of_another_length_restarts", "the length says where the value ends")
            .header("traceparent", encoded_short)
            .restarts(),
    ]
}
