//! Whether a journey is what was searched for. It is asked of a hundred thousand journeys for each key that is pressed: nothing
//! is allocated.

use std::time::{Duration, SystemTime};

use tracehop_journey::{JourneySummary, Outcome};

use super::field::Field;
use super::pattern::Pattern;
use super::query::{Fact, Query};

impl Query {
    /// Whether `journey` is what was searched for. What still waits has waited until `now`.
    pub fn matches(&self, journey: &JourneySummary, now: SystemTime) -> bool {
        self.terms.iter().all(|term| term.fact.holds(journey, now) != term.negated)
    }
}

impl Fact {
    fn holds(&self, journey: &JourneySummary, now: SystemTime) -> bool {
        match self {
            Self::Name(pattern) => pattern.is_in(&journey.name),
            Self::Text(field, patterns) => {
                has(*field, journey, |text| patterns.iter().any(|pattern| pattern.matches(text)))
                    || patterns.iter().any(Pattern::is_empty) && lacks(*field, journey)
            }
            Self::Status(outcomes) => outcomes.contains(&journey.outcome),
            Self::Trace(prefixes) => {
                journey.traces.iter().any(|&trace| prefixes.iter().any(|prefix| prefix.matches(trace)))
            }
            Self::Number(field, comparison, limit) => {
                let value = match field {
                    Field::Attempt => u64::from(journey.attempts),
                    _ => u64::try_from(journey.spans).unwrap_or(u64::MAX),
                };
                comparison.holds(value, *limit)
            }
            Self::Length(field, comparison, limit) => {
                length(*field, journey, now).is_some_and(|length| comparison.holds(length, *limit))
            }
            Self::Tag(key, patterns) => {
                let is_it = |value: &str| patterns.iter().any(|pattern: &Pattern| pattern.matches(value));
                let mut values =
                    journey.tags.iter().filter(|(other, _)| other.eq_ignore_ascii_case(key)).peekable();
                let is_missing = values.peek().is_none() && patterns.iter().any(Pattern::is_empty);
                is_missing || values.any(|(_, value)| is_it(value))
            }
        }
    }
}

/// Whether one of the field's values is wanted.
fn has(field: Field, journey: &JourneySummary, wanted: impl Fn(&str) -> bool) -> bool {
    let (hops, unhandled, unmatched) = (&journey.hops, &journey.unhandled, &journey.unmatched);
    let optional = |text: Option<&std::sync::Arc<str>>| text.is_some_and(|text| wanted(text));
    match field {
        Field::Service => journey.services.iter().any(|text| wanted(text)),
        Field::Destination => journey.destinations.iter().any(|text| wanted(text)),
        Field::Producer => {
            hops.iter().any(|hop| wanted(&hop.producer))
                || unhandled.iter().any(|send| wanted(&send.producer))
                || unmatched.iter().any(|it| optional(it.producer.as_ref()))
        }
        Field::Consumer => {
            hops.iter().any(|hop| wanted(&hop.consumer)) || unmatched.iter().any(|it| wanted(&it.consumer))
        }
        Field::Group => {
            hops.iter().any(|hop| optional(hop.group.as_ref()))
                || unmatched.iter().any(|it| optional(it.group.as_ref()))
        }
        Field::Partition => hops.iter().any(|hop| optional(hop.partition.as_ref())),
        Field::System => {
            hops.iter().any(|hop| wanted(&hop.system))
                || unhandled.iter().any(|send| wanted(&send.system))
                || unmatched.iter().any(|it| wanted(&it.system))
        }
        Field::Error => {
            optional(journey.error.as_ref())
                || hops.iter().any(|hop| optional(hop.error.as_ref()) || optional(hop.handled_error.as_ref()))
                || unhandled.iter().any(|send| optional(send.error.as_ref()))
                || unmatched.iter().any(|it| optional(it.error.as_ref()))
        }
        Field::Status
        | Field::Trace
        | Field::Attempt
        | Field::Spans
        | Field::Wait
        | Field::Took
        | Field::Waiting
        | Field::Working => false,
    }
}

/// Whether the field is missing where it could be: in one message, or in all of the journey.
fn lacks(field: Field, journey: &JourneySummary) -> bool {
    let (hops, unhandled) = (&journey.hops, &journey.unhandled);
    match field {
        Field::Service => journey.services.is_empty(),
        Field::Destination => journey.destinations.is_empty(),
        Field::Producer | Field::System => hops.is_empty() && unhandled.is_empty(),
        Field::Consumer => hops.is_empty() || !unhandled.is_empty(),
        Field::Group => hops.is_empty() || hops.iter().any(|hop| hop.group.is_none()),
        Field::Partition => hops.is_empty() || hops.iter().any(|hop| hop.partition.is_none()),
        // Most messages have none: that one has none says nothing of its journey.
        Field::Error => !has(field, journey, |_| true),
        Field::Status
        | Field::Trace
        | Field::Attempt
        | Field::Spans
        | Field::Wait
        | Field::Took
        | Field::Waiting
        | Field::Working => false,
    }
}

/// The field's value. A journey without messages has no longest wait.
fn length(field: Field, journey: &JourneySummary, now: SystemTime) -> Option<Duration> {
    let since = |then: SystemTime| now.duration_since(then).unwrap_or_default();
    match field {
        Field::Wait => {
            let waited = journey.hops.iter().map(|hop| hop.wait);
            waited.chain(journey.unhandled.iter().map(|send| since(send.sent))).max()
        }
        Field::Took if journey.outcome == Outcome::Waiting => {
            Some(journey.duration.max(since(journey.started)))
        }
        Field::Took => Some(journey.duration),
        Field::Waiting => Some(journey.waiting),
        _ => Some(journey.working),
    }
}
