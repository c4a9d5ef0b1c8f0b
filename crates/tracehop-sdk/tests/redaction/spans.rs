//! A span goes through a set-up of traces, and is looked at as the exporter gets it.

use opentelemetry::KeyValue;
use opentelemetry::trace::{Link, Span, SpanContext, Status, TraceFlags, TraceState, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};
use tracehop_sdk::{Redact, Redaction, Traces};

/// A span with these attributes everywhere, and the texts of an error.
pub(crate) fn exported(redaction: &Redaction, attributes: &[KeyValue], error: &str) -> SpanData {
    let exporter = InMemorySpanExporter::default();
    let builder = Traces::builder("orders").variables(|_| None).exporter(exporter.clone());
    let traces = builder.redaction(redaction.clone()).build().unwrap();
    let tracer = traces.provider().tracer("test");
    let mut span = tracer.start("process orders");
    span.set_attributes(attributes.to_vec());
    span.add_event("event", attributes.to_vec());
    let producer = SpanContext::new(1.into(), 2.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
    span.add_link(producer, attributes.to_vec());
    span.set_status(Status::error(error.to_owned()));
    let texts = ["exception.message", "exception.stacktrace", "tracehop.reason"];
    span.add_event("exception", texts.map(|key| KeyValue::new(key, error.to_owned())).to_vec());
    span.end();
    traces.provider().force_flush().unwrap();
    exporter.get_finished_spans().unwrap().remove(0)
}

#[test]
fn attributes_of_spans_events_and_links_are_changed_alike() {
    let redaction = Redaction::builder()
        .rule("enduser.*", Redact::Remove)
        .rule("card", Redact::KeepLast(4))
        .build()
        .unwrap();
    let before = [
        KeyValue::new("enduser.id", "ada"),
        KeyValue::new("card", "4111111111111111"),
        KeyValue::new("error.type", "declined"),
    ];
    let expected = [KeyValue::new("card", "***1111"), KeyValue::new("error.type", "declined")];
    let span = exported(&redaction, &before, "no");
    let link: &Link = &span.links.links[0];
    for attributes in [&span.attributes, &span.events.events[0].attributes, &link.attributes] {
        assert_eq!(*attributes, expected);
    }
    assert_eq!((span.name.as_ref(), &span.status), ("process orders", &Status::error("no")));
}

#[test]
fn a_processor_that_was_given_gets_what_was_changed() {
    use tracehop_sdk::ChunkSpanProcessor;

    let exporter = InMemorySpanExporter::default();
    let processor = ChunkSpanProcessor::builder(exporter.clone()).build().unwrap();
    let redaction = Redaction::builder().rule("a", Redact::Remove).build().unwrap();
    let builder = Traces::builder("orders").variables(|_| None).redaction(redaction);
    let traces = builder.processor(processor).build().unwrap();
    let tracer = traces.provider().tracer("test");
    let mut span = tracer.start("x");
    span.set_attribute(KeyValue::new("a", 1));
    span.end();
    traces.provider().force_flush().unwrap();
    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!((spans.len(), spans[0].attributes.len()), (1, 0));
    assert_eq!(spans[0].span_context.trace_flags(), TraceFlags::SAMPLED);
}
