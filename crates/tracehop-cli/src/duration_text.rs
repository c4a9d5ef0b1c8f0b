//! Durations as people write them.

use std::fmt;
use std::time::Duration;

/// The units, longest first, in nanoseconds.
const UNITS: [(&str, u64); 8] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// How many digits of a fraction count.
const MAX_DIGITS: usize = 18;

/// A text that is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDuration {
    /// It is a number without a unit.
    NoUnit,
    /// It is not a number with a unit.
    Unclear,
    /// It is longer than 584 years.
    TooLong,
}

impl fmt::Display for NoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoUnit => "a duration needs a unit: ns, us, ms, s, m, h or d",
            Self::Unclear => "this is no duration: write 500ms, 1.5s, 2m or 1h30m",
            Self::TooLong => "this is longer than 584 years",
        })
    }
}

/// Reads `500ms`, `1.5s` or `1h30m`: numbers with a unit each.
pub(crate) fn parse(text: &str) -> Result<Duration, NoDuration> {
    let mut rest = text.trim();
    let mut nanos = 0_u64;
    if rest.is_empty() {
        return Err(NoDuration::Unclear);
    }
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after, |c| !c.is_ascii_digit() && c != '.' && !c.is_whitespace());
        if number.is_empty() {
            return Err(NoDuration::Unclear);
        }
        if unit.is_empty() {
            return Err(if number.parse::<f64>().is_ok() { NoDuration::NoUnit } else { NoDuration::Unclear });
        }
        // The micro sign and the Greek letter look the same.
        let unit = if unit == "μs" { "µs" } else { unit };
        let &(_, unit) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(NoDuration::Unclear)?;
        nanos = nanos.checked_add(times(number, unit)?).ok_or(NoDuration::TooLong)?;
        rest = after.trim_start();
    }
    Ok(Duration::from_nanos(nanos))
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// A decimal number of units, in nanoseconds. What is below a nanosecond is cut.
fn times(number: &str, unit: u64) -> Result<u64, NoDuration> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
        return Err(NoDuration::Unclear);
    }
    let unit = u128::from(unit);
    let whole = whole.parse::<u64>().map_err(|_| NoDuration::TooLong)?;
    let fraction = fraction.get(..MAX_DIGITS).unwrap_or(fraction);
    let scale = fraction.bytes().fold(1_u128, |scale, _| scale * 10);
    let fraction = fraction.parse::<u64>().map_err(|_| NoDuration::Unclear)?;
    let nanos = u128::from(whole) * unit + u128::from(fraction) * unit / scale;
    u64::try_from(nanos).map_err(|_| NoDuration::TooLong)
}

/// Prints a duration so that [`parse`] reads the same one: a whole number of the longest unit that allows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact(pub(crate) Duration);

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX);
        let fits = |&&(_, unit): &&(&str, u64)| nanos.is_multiple_of(unit);
        match UNITS.iter().find(fits) {
            Some((name, unit)) if nanos > 0 => write!(f, "{}{name}", nanos / unit),
            _ => f.write_str("0s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read() {
        for (text, nanos) in [
            ("500ms", 500_000_000),
            ("1.5s", 1_500_000_000),
            ("2m", 120_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1h 30m", 5_400_000_000_000),
            ("10us", 10_000),
            ("10µs", 10_000),
            ("10μs", 10_000),
            ("7ns", 7),
            ("0s", 0),
            ("0.25ns", 0),
            ("0.00000000000000000000000000009d", 0),
            (" 1d ", 86_400_000_000_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn the_rest_is_refused() {
        for (text, expected) in [
            ("", NoDuration::Unclear),
            ("s", NoDuration::Unclear),
            ("5", NoDuration::NoUnit),
            ("1.5", NoDuration::NoUnit),
            ("1.", NoDuration::NoUnit),
            ("1.s", NoDuration::Unclear),
            ("1..2s", NoDuration::Unclear),
            ("-1s", NoDuration::Unclear),
            ("5 parsecs", NoDuration::NoUnit),
            ("5parsecs", NoDuration::Unclear),
            ("9999999d", NoDuration::TooLong),
            ("9999999999999999999s", NoDuration::TooLong),
            ("200000d 200000d", NoDuration::TooLong),
        ] {
            assert_eq!(parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn printed_durations_are_read_again() {
        for nanos in [0, 1, 999, 1_000, 1_500_000, 90_000_000_000, 86_400_000_000_000, u64::MAX] {
            let duration = Duration::from_nanos(nanos);
            assert_eq!(parse(&Exact(duration).to_string()), Ok(duration), "{nanos}");
        }
        assert_eq!(Exact(Duration::from_millis(1_500)).to_string(), "1500ms");
    }
}
