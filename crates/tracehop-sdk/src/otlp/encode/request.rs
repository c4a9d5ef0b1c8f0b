use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::trace::SpanData;

use super::resource::EncodedResource;
use super::{scope, span, wire};

/// About what one span takes: a receive span with ten attributes and a link. It only decides how many bytes are held free for
/// a length.
const SPAN: usize = 512;

/// Appends an `ExportTraceServiceRequest` with the spans of one resource, grouped by scope.
pub(crate) fn encode_request(batch: &[SpanData], resource: &EncodedResource, out: &mut Vec<u8>) {
    let spans = batch.iter().map(|data| (&data.instrumentation_scope, data));
    let write = |spans: &[&SpanData], out: &mut Vec<u8>| spans.iter().for_each(|data| write_span(data, out));
    lay_around(spans, batch.len() * SPAN, |spans| spans.len() * SPAN, write, resource, out);
}

/// Spans of one scope that are [written](write_span) already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ScopeSpans<'a> {
    pub(crate) scope: &'a InstrumentationScope,
    pub(crate) fields: &'a [u8],
}

/// Appends the same with spans that are written already.
pub(crate) fn put_together<'a>(
    spans: impl ExactSizeIterator<Item = ScopeSpans<'a>> + Clone,
    resource: &EncodedResource,
    out: &mut Vec<u8>,
) {
    let len = |runs: &[&[u8]]| runs.iter().map(|fields| fields.len()).sum::<usize>();
    let whole = spans.clone().map(|run| run.fields.len()).sum::<usize>();
    out.reserve(whole + SPAN);
    let runs = spans.map(|run| (run.scope, run.fields));
    let write = |runs: &[&[u8]], out: &mut Vec<u8>| runs.iter().for_each(|run| out.extend_from_slice(run));
    lay_around(runs, whole, len, write, resource, out);
}

/// Writes what stands around spans: the resource, and a message for each scope. `whole` and `len` are about how long it gets.
fn lay_around<'a, T>(
    spans: impl ExactSizeIterator<Item = (&'a InstrumentationScope, T)>,
    whole: usize,
    len: impl Fn(&[T]) -> usize,
    write: impl Fn(&[T], &mut Vec<u8>),
    resource: &EncodedResource,
    out: &mut Vec<u8>,
) {
    wire::message(1, whole, out, |out| {
        out.extend_from_slice(resource.resource());
        for group in scope::groups(spans) {
            wire::message(2, len(&group.items), out, |out| {
                wire::message(1, 64, out, |out| scope::write(group.scope, out));
                write(&group.items, out);
                wire::text(3, group.scope.schema_url().unwrap_or_default(), out);
            });
        }
        out.extend_from_slice(resource.schema_url());
    });
}

/// Appends a span as a field of the message `ScopeSpans`.
#[inline]
pub(crate) fn write_span(data: &SpanData, out: &mut Vec<u8>) {
    wire::message(2, SPAN, out, |out| span::write(data, out));
}
