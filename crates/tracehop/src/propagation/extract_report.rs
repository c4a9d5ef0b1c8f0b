//! What was found in a message's headers, header by header.

use std::fmt;

use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::lists::Scope;
use super::names::{Aliases, Header};
use super::{Extracted, HeaderOutcome, MessagePropagator, Trust};
use crate::carrier::Carrier;
use crate::context::CreationContext;
use crate::semconv;

/// The most headers that are reported, and the longest name.
const MAX_HEADERS: usize = 64;
const MAX_NAME_BYTES: usize = 128;

/// What was found in a message's headers, what was taken of it, what was not, and why: so that one can tell a message that
/// carried nothing from one whose context was not understood or not trusted.
///
/// It is made when it is asked for ([`MessagingTracer::explain`](crate::MessagingTracer::explain),
/// [`Received::explain`](crate::Received::explain)); reading a message does not make it. It names headers and no values,
/// because these may be private.
///
/// ```
/// use tracehop::{HeaderOutcome, MemoryHeaders, MessagePropagator};
///
/// let headers = MemoryHeaders::from_iter([
///     ("traceparent", Some("00-bad")),
///     ("b3", Some("0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")),
/// ]);
/// let report = MessagePropagator::default().explain(&headers);
/// assert!(!report.extracted().creation.is_valid());
/// assert_eq!(report.headers()[0].outcome(), HeaderOutcome::Malformed);
/// assert_eq!(report.to_string(), "no context; traceparent: malformed");
/// ```
#[derive(Clone, Debug)]
pub struct ExtractReport {
    extracted: Extracted,
    origin: CreationContext,
    trust: Trust,
    headers: Vec<ReportedHeader>,
}

/// A context header, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedHeader {
    name: String,
    header: Header,
    outcome: HeaderOutcome,
}

impl ReportedHeader {
    /// Its name as it stands on the message, the first 128 bytes of it; what is no UTF-8 is replaced.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What became of it.
    pub fn outcome(&self) -> HeaderOutcome {
        self.outcome
    }
}

impl fmt::Display for ReportedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name.escape_debug(), self.outcome)
    }
}

impl MessagePropagator {
    /// What [`extract`](Self::extract) finds, header by header.
    pub fn explain(&self, carrier: &(impl Carrier + ?Sized)) -> ExtractReport {
        let carrier: &dyn Carrier = &carrier;
        let mut headers = Vec::new();
        let mut tell = |name: &[u8], header, outcome| {
            if headers.len() < MAX_HEADERS {
                let name = name.get(..MAX_NAME_BYTES).unwrap_or(name);
                let name = String::from_utf8_lossy(name).into_owned();
                headers.push(ReportedHeader { name, header, outcome });
            }
        };
        let aliases = match &self.lists {
            Some(lists) => lists.aliases_on(carrier),
            None => Aliases { transport: carrier.transport().aliases, application: &[] },
        };
        let mut told = 0;
        let of_w3c = self.w3c.read_carefully(carrier, aliases, &mut |name, header, outcome| {
            told += 1;
            tell(name, header, outcome);
        });
        let (merged, extracted) = match &self.lists {
            None => (of_w3c.clone(), of_w3c.clone()),
            Some(lists) => {
                let merged = lists.merge(&of_w3c, carrier, Scope::Message, &mut tell);
                let mut extracted = merged.clone();
                self.bound(lists, &mut extracted);
                (merged, extracted)
            }
        };
        let taken = |header: &&mut ReportedHeader| header.outcome.is_taken();
        // What the W3C's formats found may not be what counts in the end.
        let (found, kept) = (&of_w3c.creation, &merged.creation);
        let is_span = found.trace_id == kept.trace_id && found.span_id == kept.span_id;
        for header in headers.iter_mut().take(told).filter(taken) {
            header.outcome = match header.header {
                Header::Baggage if found.baggage != kept.baggage => HeaderOutcome::Superseded,
                Header::Tracestate if found.tracestate.is_none() => HeaderOutcome::Malformed,
                Header::Traceparent | Header::Tracestate if !is_span => HeaderOutcome::Superseded,
                _ => header.outcome,
            };
        }
        let left = &extracted.creation.baggage;
        if *left != merged.creation.baggage {
            let outcome = if left.is_some() { HeaderOutcome::TakenInPart } else { HeaderOutcome::HeldBack };
            for header in headers.iter_mut().filter(|header| header.header == Header::Baggage).filter(taken) {
                header.outcome = outcome;
            }
        }
        ExtractReport { extracted, origin: self.origin(carrier), trust: Trust::Full, headers }
    }
}

impl ExtractReport {
    /// What was taken: the same as [`MessagingTracer::extract`](crate::MessagingTracer::extract) gives.
    pub fn extracted(&self) -> &Extracted {
        &self.extracted
    }

    /// The context of the origin of a [`CloudEvents`](crate::Format::CloudEvents) event; [`CreationContext::NONE`] if there is
    /// none, or if the source is not trusted.
    pub fn origin(&self) -> &CreationContext {
        &self.origin
    }

    /// How far the source is trusted.
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// The context headers, in the order of the message, those of the W3C first; 64 at most.
    pub fn headers(&self) -> &[ReportedHeader] {
        &self.headers
    }

    /// The same for a source that is trusted so far.
    pub(crate) fn under(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self.extracted.distrust(trust);
        if trust != Trust::Full {
            self.origin = CreationContext::NONE;
        }
        for header in &mut self.headers {
            let is_kept = match trust {
                Trust::Full => true,
                Trust::LinkOnly => header.header == Header::Traceparent,
                Trust::Ignore => false,
            };
            if !is_kept {
                header.outcome = HeaderOutcome::Distrusted;
            }
        }
        self
    }

    /// The report as the attributes of an event.
    pub(crate) fn attributes(&self) -> Vec<KeyValue> {
        let headers = self.headers.iter().map(|header| StringValue::from(header.to_string())).collect();
        vec![
            KeyValue::new(semconv::TRACEHOP_EXTRACT_CONTEXT, self.extracted.creation.is_valid()),
            KeyValue::new(semconv::TRACEHOP_EXTRACT_HEADERS, Value::Array(Array::String(headers))),
            KeyValue::new(semconv::TRACEHOP_EXTRACT_TRUST, self.trust.to_string()),
        ]
    }
}

/// One line.
impl fmt::Display for ExtractReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let creation = &self.extracted.creation;
        match (creation.is_valid(), self.trust) {
            (true, Trust::Full) => write!(f, "context {}-{}", creation.trace_id(), creation.span_id())?,
            (true, _) => write!(f, "only a link to {}-{}", creation.trace_id(), creation.span_id())?,
            (false, Trust::Ignore) => f.write_str("context ignored")?,
            (false, _) => f.write_str("no context")?,
        }
        self.headers.iter().try_for_each(|header| write!(f, "; {header}"))
    }
}
