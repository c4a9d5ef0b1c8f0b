//! A figure that was taken several times: its middle, how far it spread, and how far it may be off.

use serde::Serialize;

use crate::measure::median;

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Estimate {
    /// The median.
    pub(crate) value: f64,
    /// The first and the last quarter end here.
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// How far the median may be off: twice the standard error of a median, which is about the distance of the quarters divided
    /// by the root of the number of values. It says nothing of an error that all values share: that is what the bare client
    /// beside itself tells.
    pub(crate) error: f64,
    /// So many values.
    pub(crate) rounds: usize,
}

impl Estimate {
    /// `None` if there are no values.
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.retain(|value| value.is_finite());
        values.sort_by(f64::total_cmp);
        let value = median(values.clone())?;
        let rounds = values.len();
        let at = |part: usize| values.get(rounds * part / 4).or(values.last()).copied();
        let (low, high) = (at(1)?, at(3)?);
        Some(Self { value, low, high, error: 2.0 * (high - low) / (rounds as f64).sqrt(), rounds })
    }

    /// The same, if what should be nothing is `noise`: it may be off by that too.
    #[must_use]
    pub(crate) fn beside(self, noise: Self) -> Self {
        Self { error: self.error.max(noise.error) + noise.value.abs(), ..self }
    }

    /// Whether there is nothing to be said: it may be off by more than a quarter of itself, and by more than `least`.
    pub(crate) fn is_too_noisy(&self, least: f64) -> bool {
        self.error > least.max(self.value.abs() / 4.0)
    }
}

/// How many times the second the first is, and how far that may be off.
pub(crate) fn ratio(of: Estimate, to: Estimate) -> Option<Estimate> {
    if to.value <= 0.0 || of.value <= 0.0 {
        return None;
    }
    let value = of.value / to.value;
    let error = value * (of.error / of.value + to.error / to.value);
    let (low, high) = (of.low / to.high.max(f64::MIN_POSITIVE), of.high / to.low.max(f64::MIN_POSITIVE));
    Some(Estimate { value, low, high, error, rounds: of.rounds.min(to.rounds) })
}

/// The sum of two figures that were taken apart.
pub(crate) fn sum(a: Estimate, b: Estimate) -> Estimate {
    Estimate {
        value: a.value + b.value,
        low: a.low + b.low,
        high: a.high + b.high,
        error: a.error + b.error,
        rounds: a.rounds.min(b.rounds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_value_every_time_is_sure() {
        let sure = Estimate::of(vec![2.0; 8]).unwrap();
        assert_eq!((sure.value, sure.low, sure.high, sure.error), (2.0, 2.0, 2.0, 0.0));
        assert!(!sure.is_too_noisy(0.0));
        assert_eq!(Estimate::of(vec![f64::NAN]), None);
    }

    #[test]
    fn what_spreads_is_too_noisy_until_it_was_taken_often() {
        let spread = |times: usize| Estimate::of([0.5, 0.8, 1.2, 1.5].repeat(times)).unwrap();
        assert!(spread(1).is_too_noisy(0.1));
        assert!(!spread(16).is_too_noisy(0.1));
        assert!(!spread(1).is_too_noisy(2.0), "so little that it does not matter");
    }

    #[test]
    fn a_bare_client_that_differs_from_itself_makes_everything_noisy() {
        let sure = Estimate::of(vec![2.0; 8]).unwrap();
        let off = Estimate::of(vec![1.0; 8]).unwrap();
        assert!(sure.beside(off).is_too_noisy(0.1));
    }

    #[test]
    fn a_ratio_is_as_unsure_as_both_of_its_parts() {
        let part = |value, error| Estimate { value, low: value, high: value, error, rounds: 4 };
        let ratio = ratio(part(3.0, 0.3), part(2.0, 0.2)).unwrap();
        assert!((ratio.value - 1.5).abs() < 1e-9 && (ratio.error - 0.3).abs() < 1e-9);
        assert_eq!(super::ratio(part(1.0, 0.0), part(-0.1, 0.0)), None);
    }
}
