//! The first digits of a trace id.

use std::fmt;

use opentelemetry::trace::TraceId;

/// The first digits of a trace id, as people copy them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TracePrefix {
    /// The digits, from the highest bit on.
    bits: u128,
    /// How many there are: 1 to 32.
    digits: usize,
}

impl TracePrefix {
    /// Digits in hex, with a `…`, `...` or `*` after them or without.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(['…', '.', '*']);
        if digits.is_empty() || digits.len() > 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let bits = u128::from_str_radix(digits, 16).ok()?;
        let digits = digits.len();
        Some(Self { bits: bits << (4 * (32 - digits)), digits })
    }

    pub(super) fn matches(self, trace: TraceId) -> bool {
        let differing = u128::from_be_bytes(trace.to_bytes()) ^ self.bits;
        differing.leading_zeros() as usize >= 4 * self.digits
    }
}

impl fmt::Display for TracePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits;
        write!(f, "{:0digits$x}", self.bits >> (4 * (32 - digits)))
    }
}
