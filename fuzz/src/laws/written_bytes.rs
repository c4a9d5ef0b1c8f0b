//! How much is written.

use tracehop::HeaderPatch;

use crate::format::Format;

/// A `traceparent` and its name: it is written in any case.
const TRACEPARENT: usize = "traceparent".len() + 55;

/// The longest span of a format without a `traceparent`, which is Datadog's in four headers.
const SPAN: usize = ("x-datadog-trace-id".len() + 20)
    + ("x-datadog-parent-id".len() + 20)
    + ("x-datadog-sampling-priority".len() + 1)
    + ("x-datadog-tags".len() + 26);

/// No more than the budget allows, or a span in one format if it does not even allow for that.
pub(super) fn is_within(format: &Format, patch: &HeaderPatch) {
    let written = patch.headers().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    let least = if patch.headers().any(|(name, _)| name == "traceparent") { TRACEPARENT } else { SPAN };
    let most = format.written_bytes.max(least);
    assert!(written <= most, "{written} bytes are written, and {most} may be");
}
