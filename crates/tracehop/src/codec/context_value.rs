//! The value of a `traceparent` in either of its forms.

use super::binary;
use super::traceparent::Traceparent;

/// Reads the text or the binary form; no value can be both.
#[inline]
pub(crate) fn decode(value: &[u8]) -> Option<Traceparent> {
    if binary::is_binary(value) { binary::decode(value) } else { Traceparent::decode(value) }
}
