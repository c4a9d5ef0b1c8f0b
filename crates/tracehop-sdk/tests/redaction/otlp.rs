//! Behind the redaction, spans for OTLP are still encoded where they end.

use std::sync::{Arc, Mutex};

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, Tracer, TracerProvider};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tracehop_sdk::{
    OtlpExporter, OtlpRequest, OtlpResponse, OtlpTransport, OtlpTransportError, Redact, Redaction, Traces,
};

#[derive(Clone, Debug, Default)]
struct Kept(Arc<Mutex<Vec<Vec<u8>>>>);

impl OtlpTransport for Kept {
    fn send(&self, request: OtlpRequest<'_>) -> Result<OtlpResponse, OtlpTransportError> {
        self.0.lock().unwrap().push(request.body().to_vec());
        Ok(OtlpResponse::empty())
    }
}

#[test]
fn the_bytes_that_are_sent_have_nothing_of_what_was_taken_out() {
    let kept = Kept::default();
    let exporter = OtlpExporter::builder().transport(kept.clone()).build().unwrap();
    let redaction = Redaction::builder().rule("enduser.*", Redact::Replace("gone".into())).build().unwrap();
    let builder = Traces::builder("orders").variables(|_| None).redaction(redaction);
    let traces = builder.exporter(exporter).build().unwrap();
    let mut span = traces.provider().tracer("test").start("process orders");
    span.set_attribute(KeyValue::new("enduser.id", "ada"));
    span.end();
    traces.shutdown().unwrap();

    let requests = kept.0.lock().unwrap();
    assert!(!requests[0].windows(3).any(|bytes| bytes == b"ada"));
    let request = ExportTraceServiceRequest::decode(&*requests[0]).unwrap();
    let span = &request.resource_spans[0].scope_spans[0].spans[0];
    assert_eq!((span.name.as_str(), span.attributes[0].key.as_str()), ("process orders", "enduser.id"));
}
