//! One journey, to be looked at.

use std::collections::HashMap;

use tracehop_journey::{Journey, LogLine, SpanKey};

/// One journey, to be looked at.
#[derive(Debug)]
pub struct OpenJourney {
    /// Its spans.
    pub journey: Journey,
    /// Which spans link to those of the journey, also from other journeys. At most 256 for each.
    pub links_in: HashMap<SpanKey, Vec<SpanKey>>,
    /// What its spans have logged, in the order of time.
    pub logs: HashMap<SpanKey, Vec<LogLine>>,
}
