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
        let raw = self.keeps_raw.then(|| request.encode_to_vec().into());
        let read = spans_of(request);
        verdict.refused = verdict.refused.saturating_add(read.refused);
        Decoded::Spans { spans: read.spans, raw, verdict }
    }

    fn logs(&self, mut request: ExportLogsServiceRequest) -> Decoded {
        self.redaction.logs(&mut request);
        vetting::logs(&mut request);
        let raw = self.keeps_raw.then(|| request.encode_to_vec().into());
        Decoded::Logs { logs: logs_of(request), raw }
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
