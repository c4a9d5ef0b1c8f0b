//! The formats on the wire, as bytes, one in each file: those of the W3C and those of other tracers.
//!
//! Reading is strict and total: a value is either what the specification says or it is ignored, with a
//! reason. Nothing here panics, and nothing allocates more than the limits the specifications set.

pub(crate) mod b3;
pub(crate) mod baggage;
pub(crate) mod binary;
pub(crate) mod context_value;
pub(crate) mod datadog;
mod hex;
pub(crate) mod jaeger;
pub(crate) mod percent;
pub(crate) mod traceparent;
pub(crate) mod tracestate;
pub(crate) mod wrapped;
pub(crate) mod xray;

/// Optional white space of RFC 9110: spaces and horizontal tabs.
pub(crate) const OWS: [char; 2] = [' ', '\t'];

/// Cuts optional white space from both ends.
pub(crate) fn trim_ows(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}
