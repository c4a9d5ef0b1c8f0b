//! Stretches of time in words.

use super::time_text::{clock_text, human};
use crate::api::Stretch;

/// `from 01:12:00 to 01:12:15 UTC`
pub(crate) fn times(during: Stretch) -> String {
    let (from, to) = during.times();
    match to {
        Some(to) => format!("from {} to {} UTC", clock_text(from), clock_text(to)),
        None => format!("from {} UTC on", clock_text(from)),
    }
}

/// `1 ms to 2 ms`
pub(crate) fn lengths(stretch: Stretch) -> String {
    match stretch.durations() {
        (from, Some(to)) => format!("{} to {}", human(from), human(to)),
        (from, None) => format!("{} or longer", human(from)),
    }
}
