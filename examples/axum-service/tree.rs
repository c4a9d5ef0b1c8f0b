//! The spans of one trace, as text.

use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

/// The spans below `parent`, each on a line of its own with its kind and its events. Children stand under their parents, in the
/// order in which they started.
pub(crate) fn of(spans: &[Span], parent: &[u8]) -> String {
    let mut lines = Vec::new();
    add(spans, parent, 0, &mut lines);
    lines.concat()
}

fn add(spans: &[Span], parent: &[u8], depth: usize, lines: &mut Vec<String>) {
    let mut children: Vec<&Span> = spans.iter().filter(|span| span.parent_span_id == parent).collect();
    children.sort_by_key(|span| span.start_time_unix_nano);
    for span in children {
        let kind = match span.kind() {
            SpanKind::Server => "SERVER",
            SpanKind::Client => "CLIENT",
            SpanKind::Producer => "PRODUCER",
            SpanKind::Consumer => "CONSUMER",
            _ => "INTERNAL",
        };
        let events: Vec<&str> = span.events.iter().map(|event| event.name.as_str()).collect();
        let events =
            if events.is_empty() { String::new() } else { format!("  events: {}", events.join(", ")) };
        lines.push(format!("{:depth$}{} {kind}{events}\n", "", span.name, depth = 2 * depth));
        add(spans, &span.span_id, depth + 1, lines);
    }
}
