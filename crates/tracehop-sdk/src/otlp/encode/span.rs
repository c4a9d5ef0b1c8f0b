//! The message `Span`, with its events, links and status.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, SpanId, SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;
use prost::encoding::WireType;

use super::attribute::attributes;
use super::wire;

/// Writes the fields in the order of their numbers, as prost does.
pub(super) fn write(span: &SpanData, out: &mut Vec<u8>) {
    wire::bytes(1, &span.span_context.trace_id().to_bytes(), out);
    wire::bytes(2, &span.span_context.span_id().to_bytes(), out);
    wire::text(3, &span.span_context.trace_state().header(), out);
    if span.parent_span_id != SpanId::INVALID {
        wire::bytes(4, &span.parent_span_id.to_bytes(), out);
    }
    wire::text(5, &span.name, out);
    wire::number(6, kind(&span.span_kind), out);
    wire::fixed64(7, nanoseconds(span.start_time), out);
    wire::fixed64(8, nanoseconds(span.end_time), out);
    attributes(9, pairs(&span.attributes), out);
    wire::number(10, span.dropped_attributes_count, out);
    for event in &span.events.events {
        wire::message(11, guess(&event.attributes), out, |out| write_event(event, out));
    }
    wire::number(12, span.events.dropped_count, out);
    for link in &span.links.links {
        wire::message(13, guess(&link.attributes), out, |out| write_link(link, out));
    }
    wire::number(14, span.links.dropped_count, out);
    write_status(&span.status, out);
    wire::fixed32(16, flags(span.span_context.trace_flags().to_u8(), span.parent_span_is_remote), out);
}

fn write_event(event: &Event, out: &mut Vec<u8>) {
    wire::fixed64(1, nanoseconds(event.timestamp), out);
    wire::text(2, &event.name, out);
    attributes(3, pairs(&event.attributes), out);
    wire::number(4, event.dropped_attributes_count, out);
}

fn write_link(link: &Link, out: &mut Vec<u8>) {
    let context = &link.span_context;
    wire::bytes(1, &context.trace_id().to_bytes(), out);
    wire::bytes(2, &context.span_id().to_bytes(), out);
    wire::text(3, &context.trace_state().header(), out);
    attributes(4, pairs(&link.attributes), out);
    wire::number(5, link.dropped_attributes_count, out);
    wire::fixed32(6, flags(context.trace_flags().to_u8(), context.is_remote()), out);
}

/// Writes the message `Status`, also if it says nothing: the SDK's own exporter does.
fn write_status(status: &Status, out: &mut Vec<u8>) {
    let (code, description) = match status {
        Status::Unset => (0, ""),
        Status::Ok => (1, ""),
        Status::Error { description } => (2, description.as_ref()),
    };
    let len = wire::text_len(description) + if code == 0 { 0 } else { 2 };
    wire::key(15, WireType::LengthDelimited, out);
    wire::varint(len as u64, out);
    wire::text(2, description, out);
    wire::number(3, code, out);
}

/// About how long a link or an event is: less than 128 bytes if it has no attributes.
fn guess(attributes: &[KeyValue]) -> usize {
    if attributes.is_empty() { 64 } else { 256 }
}

fn pairs(attributes: &[KeyValue]) -> impl Iterator<Item = (&str, &opentelemetry::Value)> {
    attributes.iter().map(|attribute| (attribute.key.as_str(), &attribute.value))
}

fn kind(kind: &SpanKind) -> u32 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

/// The flags of W3C, and whether the parent (of a span) or the context (of a link) came from another process: bit 8 says that
/// this is known, bit 9 that it did.
fn flags(trace_flags: u8, is_remote: bool) -> u32 {
    u32::from(trace_flags) | 0x100 | if is_remote { 0x200 } else { 0 }
}

/// Nanoseconds since 1970; 0 for what was before. After the year 2554 they start again, as in the SDK's own exporter.
fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().wrapping_mul(1_000_000_000).wrapping_add(u64::from(since.subsec_nanos()))
}
