//! From one number of nanoseconds to another.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::params::{BadParam, Params};

/// From one number of nanoseconds on, up to another one or without end: times since 1970, or durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: u64,
    /// It is not within any more.
    pub(crate) to: Option<u64>,
}

impl Stretch {
    /// The parameter `name`: two numbers joined by a dash, the second of which may be left out.
    pub(crate) fn of(params: &Params, name: &str) -> Result<Option<Self>, BadParam> {
        let Some(text) = params.get(name) else { return Ok(None) };
        let read = || {
            let (from, to) = text.split_once('-')?;
            let to = if to.is_empty() { None } else { Some(to.parse().ok()?) };
            Some(Self { from: from.parse().ok()?, to })
        };
        let refused = || {
            BadParam(format!("{name}={text} is no pair of nanoseconds, such as 1000000-2000000 or 1000000-"))
        };
        let stretch = read().ok_or_else(refused)?;
        if stretch.to.is_some_and(|to| to < stretch.from) {
            return Err(BadParam(format!("{name}={text} ends before it begins")));
        }
        Ok(Some(stretch))
    }

    pub(crate) fn has(self, nanos: u64) -> bool {
        self.from <= nanos && self.to.is_none_or(|to| nanos < to)
    }

    /// Where it begins and ends, if they are durations.
    pub(crate) fn durations(self) -> (Duration, Option<Duration>) {
        (Duration::from_nanos(self.from), self.to.map(Duration::from_nanos))
    }

    /// Where it begins and ends, if they are times.
    pub(crate) fn times(self) -> (SystemTime, Option<SystemTime>) {
        let begin = SystemTime::UNIX_EPOCH;
        let time = |nanos| begin.checked_add(Duration::from_nanos(nanos)).unwrap_or(begin);
        (time(self.from), self.to.map(time))
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.from)?;
        self.to.map_or(Ok(()), |to| write!(f, "{to}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_has_its_first_nanosecond_and_not_that_after_its_last() {
        let rows = [
            ("5-9", 4, false),
            ("5-9", 5, true),
            ("5-9", 8, true),
            ("5-9", 9, false),
            ("5-", u64::MAX, true),
        ];
        for (text, nanos, expected) in rows {
            let stretch = Stretch::of(&Params::of(&format!("waited={text}")), "waited").unwrap().unwrap();
            assert_eq!(stretch.has(nanos), expected, "{text} {nanos}");
            assert_eq!(stretch.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_stretch_is_told() {
        for text in ["5", "-", "-9", "5-9-10", "5-x", "1ms-2ms", "5-99999999999999999999"] {
            let told = Stretch::of(&Params::of(&format!("waited={text}")), "waited").unwrap_err().0;
            assert!(told.contains("is no pair of nanoseconds"), "{told}");
        }
        assert_eq!(Stretch::of(&Params::of("waited="), "waited"), Ok(None));
    }
}
