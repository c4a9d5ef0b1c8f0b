//! A way to write a context into headers.

use opentelemetry::Context;
use opentelemetry::trace::SpanContext;

use super::{Extracted, Problems};
use crate::carrier::{Carrier, HeaderPatch};
use crate::context::CreationContext;

/// A format of context headers. The propagator has a list of them; a new format is a new file and a line where the list
/// is made.
///
/// Reading is total: what cannot be used is ignored, and a problem says why.
pub(super) trait ContextFormat: Send + Sync {
    /// The names of its headers.
    fn fields(&self) -> Vec<&str>;

    /// Reads what the format finds in the headers. Formats that stand earlier in the list have read theirs already, and
    /// what they found stays.
    fn read(&self, carrier: &dyn Carrier, found: &mut Found);

    /// Writes a context into the patch, and tells what could not be written. Formats that stand earlier in the list have
    /// written theirs already.
    fn write(&self, outgoing: &OutgoingContext<'_>, patch: &mut HeaderPatch) -> Problems;
}

/// What the formats found in one message.
#[derive(Default)]
pub(super) struct Found {
    pub(super) extracted: Extracted,
    /// What formats that are not built in found: a span, and values beside it, for example the debug flag of B3.
    pub(super) beside: Option<Context>,
}

impl Found {
    /// All that was found: the W3C's formats go before others.
    pub(super) fn merge(self) -> Extracted {
        let Self { mut extracted, beside } = self;
        let beside = CreationContext::from_context(&beside.unwrap_or_default());
        let creation = &mut extracted.creation;
        if !creation.is_valid() && beside.is_valid() {
            *creation = CreationContext { baggage: creation.baggage.take().or(beside.baggage), ..beside };
        } else if creation.baggage.is_none() {
            creation.baggage = beside.baggage;
        }
        extracted
    }
}

/// What is to be written into one message.
pub(super) struct OutgoingContext<'a> {
    /// The span that becomes the creation context. If it is invalid there is baggage at most.
    pub(super) span: &'a SpanContext,
    /// The context that the span was started in: baggage, and what a span context cannot hold.
    pub(super) cx: &'a Context,
}
