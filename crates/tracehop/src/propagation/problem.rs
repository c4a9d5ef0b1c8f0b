//! Problems with context headers: what was ignored when it was read, and what could not be written.

use std::fmt;

use opentelemetry::{Array, KeyValue, StringValue, Value};

use crate::semconv;

/// Something about a message's context headers that was not as it should be.
///
/// None of these stops a message. They are reported where the message is ([`Received::problems`]), said by the spans of getting and
/// handling it (`tracehop.message.problems`), counted on the tracer ([`MessagingTracer::problem_count`]) and given to a hook
/// ([`MessagingTracerBuilder::on_problem`]).
///
/// [`Received::problems`]: crate::Received::problems
/// [`MessagingTracer::problem_count`]: crate::MessagingTracer::problem_count
/// [`MessagingTracerBuilder::on_problem`]: crate::MessagingTracerBuilder::on_problem
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Problem {
    /// A `traceparent` is not as W3C Trace Context level 2 says; it was ignored.
    MalformedTraceparent,
    /// There is more than one `traceparent`; [`Repeats`](crate::Repeats) says which one counts.
    RepeatedTraceparent,
    /// `tracestate` is not as the specification says; all of it was ignored, the `traceparent` was not.
    MalformedTracestate,
    /// Members of `baggage` are malformed or beyond 64 members or 8,192 bytes; they were left out.
    BaggageDropped,
    /// The transport refused a context header; the message was sent without it.
    HeaderRefused,
    /// `OTEL_PROPAGATORS` names a propagator that is not built in; the name was passed over.
    UnknownPropagator,
    /// A header of a format other than W3C's is not as its specification says; it was ignored.
    MalformedOther,
    /// A bridge wrapped a value in JSON's quotes or in AMQP 1.0's encoding; what is inside counts.
    WrappedValue,
    /// There are more context headers than the [budget](crate::Budget) allows to look at; the first ones count.
    ValuesSkipped,
    /// There is more context to write than the [budget](crate::Budget) allows; the message was sent with less.
    ContextShed,
}

impl Problem {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::MalformedTraceparent,
        Self::RepeatedTraceparent,
        Self::MalformedTracestate,
        Self::BaggageDropped,
        Self::HeaderRefused,
        Self::UnknownPropagator,
        Self::MalformedOther,
        Self::WrappedValue,
        Self::ValuesSkipped,
        Self::ContextShed,
    ];

    /// The problem's name as an attribute of metrics, for example `malformed_traceparent`.
    ///
    /// ```
    /// assert_eq!(tracehop::Problem::HeaderRefused.as_str(), "header_refused");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedTraceparent => "malformed_traceparent",
            Self::RepeatedTraceparent => "repeated_traceparent",
            Self::MalformedTracestate => "malformed_tracestate",
            Self::BaggageDropped => "baggage_dropped",
            Self::HeaderRefused => "header_refused",
            Self::UnknownPropagator => "unknown_propagator",
            Self::MalformedOther => "malformed_other",
            Self::WrappedValue => "wrapped_value",
            Self::ValuesSkipped => "values_skipped",
            Self::ContextShed => "context_shed",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MalformedTraceparent => "malformed traceparent",
            Self::RepeatedTraceparent => "repeated traceparent",
            Self::MalformedTracestate => "malformed tracestate",
            Self::BaggageDropped => "baggage dropped",
            Self::HeaderRefused => "header refused by the transport",
            Self::UnknownPropagator => "unknown propagator in OTEL_PROPAGATORS",
            Self::MalformedOther => "malformed header of another format",
            Self::WrappedValue => "wrapped value",
            Self::ValuesSkipped => "too many values",
            Self::ContextShed => "context left out for its size",
        })
    }
}

/// The problems of one message: a small set that allocates nothing.
///
/// ```
/// use tracehop::{MemoryHeaders, MessagePropagator, Problem};
///
/// let headers = MemoryHeaders::from_iter([("traceparent", Some("00-bad")), ("baggage", Some("a=1, ,=2"))]);
/// let problems = MessagePropagator::default().extract(&headers).problems;
/// assert!(problems.contains(Problem::MalformedTraceparent));
/// assert_eq!(problems.dropped_baggage(), 1);
/// assert_eq!(problems.iter().count(), 2);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Problems {
    set: u16,
    dropped_baggage: u16,
}

impl Problems {
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.set == 0
    }

    /// Whether `problem` is among them.
    pub const fn contains(self, problem: Problem) -> bool {
        self.set & problem.bit() != 0
    }

    /// How many members of `baggage` were left out, 65,535 at most.
    pub const fn dropped_baggage(self) -> u16 {
        self.dropped_baggage
    }

    /// Each of them once.
    pub fn iter(self) -> impl Iterator<Item = Problem> {
        Problem::ALL.into_iter().filter(move |problem| self.contains(*problem))
    }

    /// What a span says of its message's headers: nothing, if nothing was lost.
    #[inline]
    pub(crate) fn attribute(self) -> Option<KeyValue> {
        // A bridge that wraps values wraps those of every message, and what is inside counts.
        let lost = Self { set: self.set & !Problem::WrappedValue.bit(), ..self };
        if lost.is_empty() { None } else { Some(lost.named()) }
    }

    #[cold]
    fn named(self) -> KeyValue {
        let names: Vec<StringValue> = self.iter().map(|problem| problem.as_str().into()).collect();
        KeyValue::new(semconv::TRACEHOP_MESSAGE_PROBLEMS, Value::Array(Array::String(names)))
    }

    /// Adds those of `other`.
    pub(crate) fn merge(&mut self, other: Self) {
        self.set |= other.set;
        self.dropped_baggage = self.dropped_baggage.saturating_add(other.dropped_baggage);
    }

    pub(crate) fn add(&mut self, problem: Problem) {
        self.set |= problem.bit();
    }

    pub(crate) fn drop_baggage(&mut self, members: usize) {
        if members > 0 {
            self.add(Problem::BaggageDropped);
            let members = u16::try_from(members).unwrap_or(u16::MAX);
            self.dropped_baggage = self.dropped_baggage.saturating_add(members);
        }
    }
}

impl fmt::Debug for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(all: &[Problem], dropped: usize) -> Problems {
        let mut problems = Problems::default();
        for problem in all {
            problems.add(*problem);
        }
        problems.drop_baggage(dropped);
        problems
    }

    #[test]
    fn merged_problems_are_those_of_both() {
        use Problem::{BaggageDropped, HeaderRefused, MalformedTraceparent};
        for (one, other, expected, dropped) in [
            (problems(&[], 0), problems(&[], 0), &[][..], 0),
            (problems(&[HeaderRefused], 0), problems(&[], 0), &[HeaderRefused], 0),
            (problems(&[], 0), problems(&[HeaderRefused], 2), &[BaggageDropped, HeaderRefused], 2),
            (
                problems(&[MalformedTraceparent], 1),
                problems(&[MalformedTraceparent, HeaderRefused], 2),
                &[MalformedTraceparent, BaggageDropped, HeaderRefused],
                3,
            ),
            (problems(&[], 65_000), problems(&[], 65_000), &[BaggageDropped], u16::MAX),
            (problems(&[], 100_000), problems(&[], 0), &[BaggageDropped], u16::MAX),
        ] {
            let mut merged = one;
            merged.merge(other);
            assert_eq!(merged.iter().collect::<Vec<_>>(), expected);
            assert_eq!((merged.dropped_baggage(), merged.is_empty()), (dropped, expected.is_empty()));
        }
    }
}
