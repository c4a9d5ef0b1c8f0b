use opentelemetry::trace::{TraceId, TraceState};

/// How many bits of a trace are random.
pub(super) const BITS: u32 = 56;

/// The key of OpenTelemetry's member of a `tracestate`.
pub(super) const OT: &str = "ot";

/// The number that stands for a trace wherever it is sampled by a ratio: 56 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Randomness(u64);

impl Randomness {
    /// What whoever began the trace has put into its `tracestate` (`ot=rv:`), else the last 56 bits of its identifier.
    pub(super) fn of(trace_id: TraceId, state: &TraceState) -> Self {
        explicit(state).map_or_else(|| Self::of_trace(trace_id), Self)
    }

    /// The last 56 bits.
    pub(super) fn of_trace(trace_id: TraceId) -> Self {
        let last = u128::from_be_bytes(trace_id.to_bytes()) & ((1 << BITS) - 1);
        Self(u64::try_from(last).unwrap_or(0))
    }

    pub(super) fn value(self) -> u64 {
        self.0
    }
}

/// 14 lower-case hexadecimal digits behind `rv:`. Anything else is nothing. A member has no more than 256 bytes: `TraceState`
/// takes no longer one.
fn explicit(state: &TraceState) -> Option<u64> {
    let member = state.get(OT)?;
    let digits = member.split(';').find_map(|field| field.strip_prefix("rv:"))?;
    let is_well_formed =
        digits.len() == 14 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    if is_well_formed { u64::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: u128 = 0xaaaa_aaaa_aaaa_aaaa_bb12_3456_789a_bcde;
    const OF_TRACE: u64 = 0x12_3456_789a_bcde;

    #[test]
    fn the_state_comes_before_the_identifier_if_it_is_well_formed() {
        for (member, expected, why) in [
            (None, OF_TRACE, "no member"),
            (Some("rv:00000000000001"), 1, "alone"),
            (Some("th:8;rv:ffffffffffffff"), 0xff_ffff_ffff_ffff, "behind another field"),
            (Some("rv:0000000000001"), OF_TRACE, "a digit too few"),
            (Some("rv:000000000000001"), OF_TRACE, "a digit too many"),
            (Some("rv:FFFFFFFFFFFFFF"), OF_TRACE, "upper case"),
            (Some("rv:+0000000000001"), OF_TRACE, "a sign is no digit"),
            (Some("rv:"), OF_TRACE, "nothing"),
            (Some("th:8"), OF_TRACE, "another field"),
        ] {
            let state =
                member.map(|member| TraceState::from_key_value([(OT, member)]).unwrap()).unwrap_or_default();
            assert_eq!(Randomness::of(TRACE.into(), &state).value(), expected, "{member:?}: {why}");
        }
    }
}
