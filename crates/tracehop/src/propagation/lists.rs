//! The formats in their order, and how what they find becomes one context.

use std::sync::Arc;

use super::baggage_filter::BaggageFilter;
use super::context_format::ContextFormat;
use super::header_outcome::Tell;
use super::names::Aliases;
use super::w3c_format::W3cFormat;
use super::{Extracted, Format};
use crate::carrier::{Carrier, HeaderPatch};
use crate::context::CreationContext;

/// What most propagators do not have.
#[derive(Clone, Default)]
pub(super) struct Lists {
    /// What is read before the W3C's formats, and after them.
    pub(super) before: Vec<Arc<dyn ContextFormat>>,
    pub(super) after: Vec<Arc<dyn ContextFormat>>,
    pub(super) written: Vec<Arc<dyn ContextFormat>>,
    /// Other names of `traceparent`.
    pub(super) aliases: Vec<Arc<str>>,
    pub(super) baggage_in: Option<BaggageFilter>,
}

impl Lists {
    /// Sets what is read, in its order of precedence.
    pub(super) fn set_read(&mut self, w3c: &mut W3cFormat, read: &[Format]) {
        // The binary form stands under the name of the text, so that both are read by whoever reads one.
        let is_trace_context = |format: &Format| matches!(format, Format::TraceContext | Format::Binary);
        let is_w3c = |format: &Format| is_trace_context(format) || *format == Format::Baggage;
        w3c.reads_trace_context = read.iter().any(is_trace_context);
        w3c.reads_baggage = read.contains(&Format::Baggage);
        let first = read.iter().position(is_w3c).unwrap_or(read.len());
        let (before, after) = read.split_at(first);
        self.before = before.iter().filter_map(|format| format.implementation()).collect();
        let after = after.iter().filter(|format| !is_w3c(format));
        self.after = after.filter_map(|format| format.implementation()).collect();
    }

    /// Sets what is written.
    pub(super) fn set_written(&mut self, w3c: &mut W3cFormat, write: &[Format]) {
        w3c.writes_trace_context = write.contains(&Format::TraceContext);
        w3c.writes_baggage = write.contains(&Format::Baggage);
        self.written = write.iter().filter_map(|format| format.implementation()).collect();
    }

    pub(super) fn is_empty(&self) -> bool {
        let Self { before, after, written, aliases, baggage_in } = self;
        before.is_empty()
            && after.is_empty()
            && written.is_empty()
            && aliases.is_empty()
            && baggage_in.is_none()
    }

    /// All that are read.
    pub(super) fn read(&self) -> impl Iterator<Item = &dyn ContextFormat> {
        self.before.iter().chain(&self.after).map(|format| &**format)
    }
}

/// Which headers count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// All, of a message that was received.
    Message,
    /// Those that make a context of its own needless on a message to be sent.
    Existing,
}

impl Lists {
    /// What the formats find together: the first of the list that finds a span decides, and the first that finds baggage.
    pub(super) fn merge(
        &self,
        of_w3c: &Extracted,
        carrier: &dyn Carrier,
        scope: Scope,
        tell: &mut Tell<'_>,
    ) -> Extracted {
        let mut merged = Extracted::default();
        let is_of_hop = |format: &&dyn ContextFormat| format.is_of_hop();
        let before = || self.before.iter().map(|format| &**format);
        let after = || self.after.iter().map(|format| &**format);
        read_all(before().filter(is_of_hop), carrier, &mut merged, tell);
        take(&mut merged, &of_w3c.creation);
        merged.problems.merge(of_w3c.problems);
        read_all(after().filter(is_of_hop), carrier, &mut merged, tell);
        if scope == Scope::Message {
            // Wherever it stands in the list, an origin does not hide the hop.
            read_all(self.read().filter(|format| !format.is_of_hop()), carrier, &mut merged, tell);
        }
        merged.is_of_alias = of_w3c.is_of_alias
            && merged.creation.trace_id == of_w3c.creation.trace_id
            && merged.creation.span_id == of_w3c.creation.span_id;
        merged
    }

    pub(super) fn aliases_on<'a>(&'a self, carrier: &dyn Carrier) -> Aliases<'a> {
        Aliases { transport: carrier.transport().aliases, application: &self.aliases }
    }

    /// Removes the headers of all formats that are read or written, unless the patch writes them.
    pub(super) fn remove_all(&self, patch: &mut HeaderPatch, with_members: bool) {
        for format in self.read().chain(self.written.iter().map(|format| &**format)) {
            format.fields().into_iter().for_each(|name| patch.remove(name));
            if with_members {
                format.prefixes().iter().for_each(|prefix| patch.remove_prefix(prefix));
            }
        }
        self.aliases.iter().for_each(|name| patch.remove(name));
    }
}

fn read_all<'f>(
    formats: impl Iterator<Item = &'f dyn ContextFormat>,
    carrier: &dyn Carrier,
    merged: &mut Extracted,
    tell: &mut Tell<'_>,
) {
    for format in formats {
        let found = format.read(carrier);
        if let Some(problem) = found.problem {
            merged.problems.add(problem);
        }
        merged.problems.drop_baggage(found.dropped_baggage);
        let (takes_span, takes_baggage) = take(merged, &found.creation);
        let takes_context = takes_span || takes_baggage && !found.creation.is_valid();
        found.tell(takes_context, takes_baggage, tell);
    }
}

/// Takes over what is not there yet. Whether the span is taken, and whether the baggage is.
fn take(merged: &mut Extracted, found: &CreationContext) -> (bool, bool) {
    let creation = &mut merged.creation;
    let baggage = creation.baggage.take();
    let takes_baggage = baggage.is_none() && found.baggage.is_some();
    let takes_span = !creation.is_valid() && found.is_valid();
    if takes_span {
        *creation = found.clone();
    }
    creation.baggage = baggage.or_else(|| found.baggage.clone());
    (takes_span, takes_baggage)
}
