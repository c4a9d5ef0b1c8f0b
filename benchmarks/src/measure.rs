//! Times: the sides of a case take turns in short slices, and the fastest slice of each counts.
//!
//! Whatever else the machine does only ever makes a slice slower, so the fastest is the nearest to the truth, and taking
//! turns spreads a slow spell over all sides.

use std::time::{Duration, Instant};

use crate::case::Case;
use crate::sides::{Side, Sides};

/// Short enough that most slices are not interrupted, long enough for the clock.
const SLICE: Duration = Duration::from_micros(100);

/// Nanoseconds for each time the work is done.
pub(crate) fn times(case: &mut Case, budget: Duration) -> Sides {
    let mut sides: Vec<_> = Side::ALL.into_iter().filter(|side| case.has(*side)).collect();
    let lengths = Side::ALL.map(|side| calibrate(case, side));
    let mut best = Side::ALL.map(|_| f64::INFINITY);
    let until = Instant::now() + budget;
    // Once at least: the budget may be over before the first slice, on a machine that does something else first.
    loop {
        for side in &sides {
            if let (Some(length), Some(best)) = (lengths.get(*side as usize), best.get_mut(*side as usize)) {
                *best = best.min(slice(case, *side, *length));
            }
        }
        sides.rotate_left(1);
        if Instant::now() >= until {
            break;
        }
    }
    Sides::collect(|side| best.get(side as usize).copied().filter(|time| time.is_finite()))
}

/// How often the work is done in a slice.
fn calibrate(case: &mut Case, side: Side) -> u64 {
    let mut times = 1;
    loop {
        let started = Instant::now();
        case.run(side, times);
        if started.elapsed() >= SLICE || !case.has(side) {
            return times;
        }
        times *= 2;
    }
}

fn slice(case: &mut Case, side: Side, times: u64) -> f64 {
    let started = Instant::now();
    case.run(side, times);
    started.elapsed().as_nanos() as f64 / times as f64
}

/// The middle value; of an even number the mean of the middle two.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    let upper = values.get(half).copied()?;
    if values.len().is_multiple_of(2) { Some((values.get(half - 1)? + upper) / 2.0) } else { Some(upper) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_both() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn every_side_that_is_there_gets_a_time() {
        let case = |floor| Case {
            group: "",
            name: "",
            floor,
            by_hand: Some(crate::case::work(|| ())),
            ours: crate::case::work(|| ()),
            goals: crate::case::Goals::default(),
            is_heavy: false,
        };
        let times = times(&mut case(None), Duration::from_millis(1));
        assert!(times.floor.is_none() && times.by_hand.is_some() && times.ours.is_some());
    }
}
