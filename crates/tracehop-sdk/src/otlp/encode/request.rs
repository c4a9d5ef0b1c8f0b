use opentelemetry_sdk::trace::SpanData;

use super::resource::EncodedResource;
use super::{scope, span, wire};

/// About what one span takes: a receive span with ten attributes and a link. It only decides how many bytes are held free for
/// a length.
const SPAN: usize = 512;

/// Appends an `ExportTraceServiceRequest` with the spans of one resource, grouped by scope.
pub(crate) fn encode_request(batch: &[SpanData], resource: &EncodedResource, out: &mut Vec<u8>) {
    wire::message(1, batch.len() * SPAN, out, |out| {
        out.extend_from_slice(resource.resource());
        for group in scope::groups(batch) {
            wire::message(2, group.spans.len() * SPAN, out, |out| {
                wire::message(1, 64, out, |out| scope::write(group.scope, out));
                for data in &group.spans {
                    wire::message(2, SPAN, out, |out| span::write(data, out));
                }
                wire::text(3, group.scope.schema_url().unwrap_or_default(), out);
            });
        }
        out.extend_from_slice(resource.schema_url());
    });
}
