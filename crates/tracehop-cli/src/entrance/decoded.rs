//! What a body says, after all that must not be seen and all that cannot be kept is out of it.

use std::time::SystemTime;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tracehop_journey::otlp::{
    logs_from_json, logs_from_protobuf, logs_of, spans_of, traces_from_json, traces_from_protobuf,
};
use tracehop_journey::{JourneySpan, LogLine};

use super::bounds::Bounds;
use super::metric_points;
use super::redaction::Redaction;
use super::refusal::Refusal;
use super::verdict::{Signal, Verdict};
use super::vetting;

/// How a request is written, and its answer too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Protobuf,
    Json,
}

/// What a request brings.
pub(super) enum Decoded {
    Spans { spans: Vec<JourneySpan>, raw: Option<Bytes>, verdict: Verdict },
    Logs { logs: Vec<LogLine>, raw: Option<Bytes> },
    Metrics { points: u64 },
}

/// How bodies are read.
#[derive(Debug)]
pub(super) struct Decoder {
    pub(super) redaction: Redaction,
    pub(super) bounds: Bounds,
    pub(super) keeps_raw: bool,
}

impl Decoder {
    pub(super) fn decode(&self, signal: Signal, format: Format, body: &[u8]) -> Result<Decoded, Refusal> {
        match (signal, format) {
            (Signal::Traces, Format::Protobuf) => Ok(self.spans(traces_from_protobuf(body)?)),
            (Signal::Traces, Format::Json) => Ok(self.spans(traces_from_json(body)?)),
            (Signal::Logs, Format::Protobuf) => Ok(self.logs(logs_from_protobuf(body)?)),
            (Signal::Logs, Format::Json) => Ok(self.logs(logs_from_json(body)?)),
            (Signal::Metrics, Format::Protobuf) => {
                Ok(Decoded::Metrics { points: metric_points::in_protobuf(body)? })
            }
            (Signal::Metrics, Format::Json) => Ok(Decoded::Metrics { points: metric_points::in_json(body)? }),
        }
    }

    fn spans(&self, mut request: ExportTraceServiceRequest) -> Decoded {
        self.redaction.traces(&mut request);
        let mut verdict = vetting::spans(&mut request, &self.bounds, SystemTime::now());
        let raw = self.keeps_raw.then(|| self.raw(&request));
        let read = spans_of(request);
        verdict.refused = verdict.refused.saturating_add(read.refused);
        Decoded::Spans { spans: read.spans, raw, verdict }
    }

    fn logs(&self, mut request: ExportLogsServiceRequest) -> Decoded {
        self.redaction.logs(&mut request);
        vetting::logs(&mut request);
        let raw = self.keeps_raw.then(|| self.raw(&request));
        Decoded::Logs { logs: logs_of(request), raw }
    }

    /// A request as it is kept, and which of its values are hashes.
    fn raw(&self, request: &impl Message) -> Bytes {
        let mut raw = request.encode_to_vec();
        raw.extend(self.redaction.hashed().encode_to_vec());
        raw.into()
    }
}

impl Decoded {
    /// What it takes in memory, roughly and without looking at each part: the lists, and the text that was in the body.
    pub(super) fn bytes(&self, body: usize) -> usize {
        match self {
            Self::Spans { spans, raw, .. } => {
                size_of_val(&**spans) + body + raw.as_ref().map_or(0, Bytes::len)
            }
            Self::Logs { logs, raw } => size_of_val(&**logs) + body + raw.as_ref().map_or(0, Bytes::len),
            Self::Metrics { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use proptest::prelude::*;

    use super::super::redaction::RedactionKey;
    use super::*;

    const ALL: [(Signal, Format); 6] = [
        (Signal::Traces, Format::Protobuf),
        (Signal::Traces, Format::Json),
        (Signal::Logs, Format::Protobuf),
        (Signal::Logs, Format::Json),
        (Signal::Metrics, Format::Protobuf),
        (Signal::Metrics, Format::Json),
    ];

    fn decoder() -> Decoder {
        let rules = ["hash:user.*", "mask:status"].map(|rule| rule.parse().unwrap());
        let redaction = Redaction::new(rules, false, RedactionKey::generate().unwrap());
        Decoder { redaction, bounds: Bounds::default(), keeps_raw: true }
    }

    fn request() -> ExportTraceServiceRequest {
        let value = Some(AnyValue { value: Some(Value::StringValue("7".to_owned())) });
        let attributes = vec![KeyValue { key: "user.id".to_owned(), value, ..KeyValue::default() }];
        let span = Span { trace_id: vec![1; 16], span_id: vec![2; 8], attributes, ..Span::default() };
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let decoder = decoder();
            for (signal, format) in ALL {
                let _ = decoder.decode(signal, format, &body);
            }
        }

        #[test]
        fn no_damage_to_a_request_is_too_strange(place: prop::sample::Index, byte: u8, end: prop::sample::Index) {
            let decoder = decoder();
            let bodies = [request().encode_to_vec(), serde_json::to_vec(&request()).unwrap()];
            for mut body in bodies {
                let place = place.index(body.len());
                body[place] = byte;
                body.truncate(end.index(body.len()) + 1);
                for (signal, format) in ALL {
                    let _ = decoder.decode(signal, format, &body);
                }
            }
        }
    }
}
