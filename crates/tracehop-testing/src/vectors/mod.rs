//! What is on the wire, and what a correct reader and writer make of it: one vector for each case.
//!
//! They are data. [`carrier_conformance!`](crate::carrier_conformance) makes a test of each, over a carrier.
//! Most stem from the test suites of [W3C Trace Context level 2] and [W3C Baggage], the others from what clients of
//! message queues were seen to write.
//!
//! [W3C Trace Context level 2]: https://github.com/w3c/trace-context/tree/main/test
//! [W3C Baggage]: https://github.com/w3c/baggage/tree/main/test

mod baggage;
mod traceparent;
mod tracestate;
mod transport;

use std::fmt;

use opentelemetry::trace::{SpanId, TraceFlags, TraceId};
use tracehop::{Problem, Repeats};

use crate::Header;

/// The trace id of every vector that continues, 32 hexadecimal digits.
pub const TRACE_ID: &str = "12345678901234567890123456789012";

/// The span id of every vector that continues, unless it says otherwise; 16 hexadecimal digits.
pub const SPAN_ID: &str = "1234567890123456";

/// The span id of another `traceparent` in the same message.
pub const OTHER_SPAN_ID: &str = "abcdefabcdefabcd";

/// Headers, and what must come of them.
#[derive(Clone)]
#[non_exhaustive]
pub struct Vector {
    /// A sentence of behaviour, in the form of a test's name.
    pub name: &'static str,
    /// The row of the table of cases that it belongs to: 1 to 9 are about `traceparent`, 10 to 17 about `tracestate`,
    /// 18 to 23 about `baggage`, 24 and 25 about transports.
    pub row: u8,
    /// Why it must be so.
    pub reason: &'static str,
    /// The message's headers.
    pub headers: Vec<Header>,
    /// What the propagator is told about repeats.
    pub repeats: Repeats,
    /// The headers mean something only over carriers that have this among their [aliases](tracehop::Carrier::aliases).
    pub alias: Option<&'static str>,
    /// The headers mean something only over carriers that can be [walked](crate::CarrierUnderTest::WALKABLE).
    pub walks: bool,
    /// What must be extracted, and sent on.
    pub expected: Expected,
}

/// What a [`Vector`] must be read as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expected {
    /// The creation context; `None` if the trace must be restarted.
    pub context: Option<ExpectedContext>,
    /// The `tracestate`, which must also be sent on unchanged.
    pub tracestate: Option<String>,
    /// The members of the baggage, decoded and sorted.
    pub baggage: Vec<(String, String)>,
    /// The `baggage` header that is sent on.
    pub baggage_sent: Option<String>,
    /// What must be reported, and nothing else.
    pub problems: Vec<Problem>,
    /// How many members of the baggage must be reported as left out.
    pub dropped_baggage: u16,
}

/// The ids and flags that a [`Vector`] must be read as. The `traceparent` sent on is version 00 with the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpectedContext {
    /// The trace.
    pub trace_id: TraceId,
    /// The span that made the message.
    pub span_id: SpanId,
    /// Bits 0 and 1 only.
    pub flags: TraceFlags,
}

/// All of them, by row.
pub fn all() -> Vec<Vector> {
    [traceparent::vectors(), tracestate::vectors(), baggage::vectors(), transport::vectors()].concat()
}

/// The headers and the name only: a vector may be a megabyte.
impl fmt::Debug for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vector").field("name", &self.name).field("row", &self.row).finish_non_exhaustive()
    }
}

/// How the tables are written.
impl Vector {
    fn new(row: u8, name: &'static str, reason: &'static str) -> Self {
        let expected = Expected::default();
        let (headers, repeats) = (Vec::new(), Repeats::LastWins);
        Self { name, row, reason, headers, repeats, alias: None, walks: false, expected }
    }

    fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), Some(value.as_ref().to_vec())));
        self
    }

    fn null(mut self, name: &str) -> Self {
        self.headers.push((name.into(), None));
        self
    }

    /// A `traceparent`, in which `T` stands for [`TRACE_ID`], `S` for [`SPAN_ID`] and `O` for [`OTHER_SPAN_ID`].
    fn traceparent(self, text: &str) -> Self {
        let text = text.replace('T', TRACE_ID).replace('S', SPAN_ID).replace('O', OTHER_SPAN_ID);
        self.header("traceparent", text)
    }

    /// The plain `traceparent`, for vectors that are about something else.
    fn continued(self) -> Self {
        self.traceparent("00-T-S-01").continues(1)
    }

    fn tracestate(self, text: impl AsRef<[u8]>) -> Self {
        self.header("tracestate", text)
    }

    fn baggage(self, text: impl AsRef<[u8]>) -> Self {
        self.header("baggage", text)
    }

    fn continues(mut self, flags: u8) -> Self {
        self.expected.context = Some(expected_context(SPAN_ID, flags));
        self
    }

    fn continues_the_other(mut self) -> Self {
        self.expected.context = Some(expected_context(OTHER_SPAN_ID, 1));
        self
    }

    /// Nothing is extracted, and that is reported.
    fn restarts(self) -> Self {
        self.reports(Problem::MalformedTraceparent)
    }

    fn keeps(mut self, tracestate: impl Into<String>) -> Self {
        self.expected.tracestate = Some(tracestate.into());
        self
    }

    /// `tracestate` is left out, and that is reported.
    fn drops_tracestate(self) -> Self {
        self.reports(Problem::MalformedTracestate)
    }

    fn carries(mut self, members: &[(&str, &str)], sent: impl Into<String>) -> Self {
        self.expected.baggage =
            members.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self.expected.baggage_sent = Some(sent.into());
        self
    }

    fn drops_baggage(mut self, members: u16) -> Self {
        self.expected.dropped_baggage = members;
        self.reports(Problem::BaggageDropped)
    }

    fn reports(mut self, problem: Problem) -> Self {
        self.expected.problems.push(problem);
        self
    }

    fn rejecting_repeats(self) -> Self {
        Self { repeats: Repeats::Reject, ..self }
    }

    fn under_alias(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    fn by_walking(self) -> Self {
        Self { walks: true, ..self }
    }
}

fn expected_context(span_id: &str, flags: u8) -> ExpectedContext {
    ExpectedContext {
        trace_id: TraceId::from_hex(TRACE_ID).expect("it is hexadecimal"),
        span_id: SpanId::from_hex(span_id).expect("it is hexadecimal"),
        flags: TraceFlags::new(flags),
    }
}

/// `format(0)`, `format(1)` and so on, joined with commas.
fn list(members: usize, format: impl Fn(usize) -> String) -> String {
    (0..members).map(format).collect::<Vec<_>>().join(",")
}

/// The 29 bytes of the binary form, flags last.
fn binary(flags: u8) -> Vec<u8> {
    let context = expected_context(SPAN_ID, flags);
    let mut bytes = vec![0, 0];
    bytes.extend(context.trace_id.to_bytes());
    bytes.push(1);
    bytes.extend(context.span_id.to_bytes());
    bytes.extend([2, flags]);
    bytes
}
