//! Durations as people read them.

use std::fmt;
use std::time::{Duration, SystemTime};

/// Prints a duration with three significant digits and the unit that fits: `870 µs`, `12.3 ms`, `1.20 s`.
///
/// The text is never wider than [`WIDTH`](Self::WIDTH) columns.
#[derive(Clone, Copy, Debug)]
pub struct Human(pub Duration);

impl Human {
    /// Columns of the widest output, such as `1.23 min`.
    pub const WIDTH: usize = 8;
}

/// Name, nanoseconds, and how many of it make the next unit.
const UNITS: [(&str, u128, u128); 6] = [
    ("µs", 1_000, 1_000),
    ("ms", 1_000_000, 1_000),
    ("s", 1_000_000_000, 60),
    ("min", 60_000_000_000, 60),
    ("h", 3_600_000_000_000, 24),
    ("d", 86_400_000_000_000, 1_000),
];

impl fmt::Display for Human {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        if nanos == 0 {
            return f.pad("0 µs");
        }
        if nanos < 1_000 {
            return f.pad(&format!("{nanos} ns"));
        }
        for (name, unit, next) in UNITS {
            // Rounding comes first: 999.6 µs is 1.00 ms, not 1000 µs.
            for (decimals, scale) in [(2, 100), (1, 10), (0, 1)] {
                let scaled = (nanos * scale + unit / 2) / unit;
                if scaled >= next * scale {
                    break;
                }
                if scaled < 1_000 {
                    let (whole, rest) = (scaled / scale, scaled % scale);
                    return match decimals {
                        0 => f.pad(&format!("{whole} {name}")),
                        _ => f.pad(&format!("{whole}.{rest:0decimals$} {name}")),
                    };
                }
            }
        }
        f.pad(">999 d")
    }
}

/// The time from `earlier` to `later`. It is zero if `later` is before `earlier`, because the clocks of two machines
/// disagree.
pub(crate) fn elapsed(earlier: SystemTime, later: SystemTime) -> Duration {
    later.duration_since(earlier).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_significant_digits_and_the_unit_that_fits() {
        let rows = [
            (0, "0 µs"),
            (7, "7 ns"),
            (870, "870 ns"),
            (1_000, "1.00 µs"),
            (870_000, "870 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (9_994_999, "9.99 ms"),
            (9_995_000, "10.0 ms"),
            (12_345_678, "12.3 ms"),
            (1_200_000_000, "1.20 s"),
            (59_949_000_000, "59.9 s"),
            (59_960_000_000, "1.00 min"),
            (150_000_000_000, "2.50 min"),
            (5_400_000_000_000, "1.50 h"),
            (90_000_000_000_000, "1.04 d"),
        ];
        for (nanos, expected) in rows {
            assert_eq!(Human(Duration::from_nanos(nanos)).to_string(), expected, "{nanos} ns");
        }
    }

    #[test]
    fn absurd_durations_stay_narrow() {
        assert_eq!(Human(Duration::MAX).to_string(), ">999 d");
        assert_eq!(Human(Duration::from_secs(86_400 * 1_000)).to_string(), ">999 d");
    }

    #[test]
    fn a_width_is_honoured() {
        assert_eq!(format!("{:>8}", Human(Duration::from_millis(5))), " 5.00 ms");
    }
}
