//! One vector.

use std::fmt;

use tracehop::{Problem, Repeats};

use super::expected::{Expected, ExpectedContext};
use super::ids::{OTHER_SPAN_ID, SPAN_ID, TRACE_ID};
use crate::Header;

/// The headers of one message, and what a correct reader and writer make of them.
#[derive(Clone)]
#[non_exhaustive]
pub struct Vector {
    /// A sentence of behaviour, in the form of a test's name.
    pub name: &'static str,
    /// The row of the table of cases that the vector belongs to: 1 to 9 are about `traceparent`, 10 to 17 about
    /// `tracestate`, 18 to 23 about `baggage`, 24 and 25 about transports.
    pub row: u8,
    /// Why this behaviour is correct.
    pub reason: &'static str,
    /// The message's headers.
    pub headers: Vec<Header>,
    /// What the propagator is told about repeats.
    pub repeats: Repeats,
    /// If it is set, the headers mean something only over carriers that have it among their
    /// [aliases](tracehop::Transport::aliases).
    pub alias: Option<&'static str>,
    /// What must be extracted, and sent on.
    pub expected: Expected,
}

/// Prints the name and the row only, because the headers may be a megabyte.
impl fmt::Debug for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vector").field("name", &self.name).field("row", &self.row).finish_non_exhaustive()
    }
}

/// The words in which the tables are written.
impl Vector {
    pub(super) fn new(row: u8, name: &'static str, reason: &'static str) -> Self {
        let expected = Expected::default();
        let (headers, repeats) = (Vec::new(), Repeats::LastWins);
        Self { name, row, reason, headers, repeats, alias: None, expected }
    }

    pub(super) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), Some(value.as_ref().to_vec())));
        self
    }

    pub(super) fn null(mut self, name: &str) -> Self {
        self.headers.push((name.into(), None));
        self
    }

    /// A `traceparent`, in which `T` stands for [`TRACE_ID`], `S` for [`SPAN_ID`] and `O` for [`OTHER_SPAN_ID`].
    pub(super) fn traceparent(self, text: &str) -> Self {
        let text = text.replace('T', TRACE_ID).replace('S', SPAN_ID).replace('O', OTHER_SPAN_ID);
        self.header("traceparent", text)
    }

    /// The plain `traceparent`, for vectors that are about something else.
    pub(super) fn continued(self) -> Self {
        self.traceparent("00-T-S-01").continues(1)
    }

    pub(super) fn tracestate(self, text: impl AsRef<[u8]>) -> Self {
        self.header("tracestate", text)
    }

    pub(super) fn baggage(self, text: impl AsRef<[u8]>) -> Self {
        self.header("baggage", text)
    }

    pub(super) fn continues(mut self, flags: u8) -> Self {
        self.expected.context = Some(ExpectedContext::new(SPAN_ID, flags));
        self
    }

    pub(super) fn continues_the_other(mut self) -> Self {
        self.expected.context = Some(ExpectedContext::new(OTHER_SPAN_ID, 1));
        self
    }

    /// Nothing is extracted, and the malformed `traceparent` is reported.
    pub(super) fn restarts(self) -> Self {
        self.reports(Problem::MalformedTraceparent)
    }

    pub(super) fn keeps(mut self, tracestate: impl Into<String>) -> Self {
        self.expected.tracestate = Some(tracestate.into());
        self
    }

    /// The `tracestate` is left out and reported as malformed.
    pub(super) fn drops_tracestate(self) -> Self {
        self.reports(Problem::MalformedTracestate)
    }

    pub(super) fn carries(mut self, members: &[(&str, &str)], sent: impl Into<String>) -> Self {
        self.expected.baggage =
            members.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.expected.baggage_sent = Some(sent.into());
        self
    }

    pub(super) fn drops_baggage(mut self, members: u16) -> Self {
        self.expected.dropped_baggage = members;
        self.reports(Problem::BaggageDropped)
    }

    pub(super) fn reports(mut self, problem: Problem) -> Self {
        self.expected.problems.push(problem);
        self
    }

    pub(super) fn rejecting_repeats(self) -> Self {
        Self { repeats: Repeats::Reject, ..self }
    }

    pub(super) fn under_alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }
}

/// `format(0)`, `format(1)` and so on, joined with commas.
pub(super) fn list(members: usize, format: impl Fn(usize) -> String) -> String {
    (0..members).map(format).collect::<Vec<_>>().join(",")
}
