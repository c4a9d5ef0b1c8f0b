use crate::variables::{Lookup, ignored};
use opentelemetry_sdk::trace::SpanLimits;

/// What the variables say. Read here and not by the SDK, which reads the environment of the process alone.
pub(super) fn of_variables(lookup: &Lookup) -> SpanLimits {
    let mut limits = SpanLimits::default();
    for (variable, limit) in [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", &mut limits.max_attributes_per_span),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", &mut limits.max_events_per_span),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", &mut limits.max_links_per_span),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", &mut limits.max_attributes_per_event),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", &mut limits.max_attributes_per_link),
    ] {
        let Some(text) = lookup.get(variable) else { continue };
        match text.parse() {
            Ok(number) => *limit = number,
            Err(_) => ignored(variable, "it is no whole number"),
        }
    }
    limits
}
