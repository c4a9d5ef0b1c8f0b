//! The binary form of a `traceparent`.

use super::expected::ExpectedContext;
use super::ids::SPAN_ID;

/// The 29 bytes of the binary form, for the usual ids. The flags are the last byte.
pub(crate) fn binary(flags: u8) -> Vec<u8> {
    let context = ExpectedContext::new(SPAN_ID, flags);
    let mut bytes = vec![0, 0];
    bytes.extend(context.trace_id.to_bytes());
    bytes.push(1);
    bytes.extend(context.span_id.to_bytes());
    bytes.extend([2, flags]);
    bytes
}
