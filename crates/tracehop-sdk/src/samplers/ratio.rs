use super::randomness::{BITS, Randomness};

/// A share of all traces, as the specification's rejection threshold: a trace is sampled if its randomness is no less.
///
/// So whatever a lower ratio samples, a higher one samples too, in whichever service and language.
/// <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ratio {
    /// From 0, which samples all, to 2^56, which samples none.
    threshold: u64,
}

impl Ratio {
    pub(super) const ALL: Self = Self { threshold: 0 };

    /// `None` for what is no number from 0 to 1.
    pub(super) fn new(ratio: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&ratio) {
            return None;
        }
        let all = 1_u64 << BITS;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "2^56 is a float, and a float from 0 to it is a number"
        )]
        let sampled = (ratio * all as f64).round() as u64;
        // A ratio that is not zero samples something, however small it is.
        let sampled = if ratio > 0.0 { sampled.max(1) } else { 0 };
        Some(Self { threshold: all.saturating_sub(sampled) })
    }

    pub(super) fn samples(self, randomness: Randomness) -> bool {
        randomness.value() >= self.threshold
    }

    /// As `ot=th:` has it: 14 hexadecimal digits without the zeros at the end. `None` if nothing is sampled, which has no form.
    pub(super) fn th(self) -> Option<String> {
        if self.threshold >> BITS != 0 {
            return None;
        }
        let digits = format!("{:014x}", self.threshold);
        let digits = digits.trim_end_matches('0');
        Some(if digits.is_empty() { "0".to_owned() } else { digits.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thresholds_are_those_of_the_specification() {
        for (ratio, th) in [
            (1.0, Some("0")),
            (0.5, Some("8")),
            (0.25, Some("c")),
            (0.1, Some("e6666666666666")),
            (0.01, Some("fd70a3d70a3d71")),
            (1e-30, Some("ffffffffffffff")),
            (0.0, None),
        ] {
            assert_eq!(Ratio::new(ratio).unwrap().th().as_deref(), th, "{ratio}");
        }
    }

    #[test]
    fn what_is_no_share_is_no_ratio() {
        for ratio in [f64::NAN, -0.1, 1.1, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Ratio::new(ratio), None, "{ratio}");
        }
    }

    proptest! {
        #[test]
        fn a_higher_ratio_samples_what_a_lower_one_samples(low in 0.0..=1.0_f64, more in 0.0..=1.0_f64, trace: u128) {
            let high = low + (1.0 - low) * more;
            let randomness = Randomness::of_trace(trace.into());
            let [low, high] = [low, high].map(|ratio| Ratio::new(ratio).unwrap().samples(randomness));
            prop_assert!(high || !low);
        }
    }
}
