//! A stretch of time to search in.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use tracehop_journey::JourneySpan;

/// How long before and after the known spans others may lie that belong to them. A message may wait for long.
const BEFORE: Duration = Duration::from_secs(60);
const AFTER: Duration = Duration::from_secs(15 * 60);

/// The time around some spans.
pub(super) fn around(spans: &[JourneySpan]) -> Range<SystemTime> {
    let started = spans.iter().map(JourneySpan::started).min().unwrap_or(SystemTime::UNIX_EPOCH);
    let ended = spans.iter().map(JourneySpan::ended).max().unwrap_or(SystemTime::UNIX_EPOCH);
    started.checked_sub(BEFORE).unwrap_or(started)..ended.checked_add(AFTER).unwrap_or(ended)
}

/// The time in whole units after 1970.
pub(super) fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
