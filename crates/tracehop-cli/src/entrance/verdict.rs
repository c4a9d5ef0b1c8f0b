//! What an accepted request is answered with.

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use serde_json::json;

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Traces,
    Logs,
    Metrics,
}

/// That a request was accepted, perhaps without some of its items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) refused: u64,
    /// Why, if some were.
    pub(super) why: String,
}

impl Verdict {
    /// As protobuf. The answers to all signals have the same fields.
    pub(super) fn to_protobuf(&self) -> Vec<u8> {
        let partial_success = (self.refused > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(self.refused).unwrap_or(i64::MAX),
            error_message: self.why.clone(),
        });
        ExportTraceServiceResponse { partial_success }.encode_to_vec()
    }

    pub(super) fn to_json(&self, signal: Signal) -> Vec<u8> {
        if self.refused == 0 {
            return b"{}".to_vec();
        }
        let refused = match signal {
            Signal::Traces => "rejectedSpans",
            Signal::Logs => "rejectedLogRecords",
            Signal::Metrics => "rejectedDataPoints",
        };
        let partial = json!({ refused: self.refused.to_string(), "errorMessage": self.why });
        json!({ "partialSuccess": partial }).to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_empty_unless_something_was_refused() {
        fn check(refused: u64, signal: Signal, expected: &str) {
            let verdict = Verdict { refused, why: "too old".to_owned() };
            assert_eq!(verdict.to_json(signal), expected.as_bytes());
            let read = ExportTraceServiceResponse::decode(&*verdict.to_protobuf()).unwrap();
            let partial = read.partial_success.map(|it| (it.rejected_spans, it.error_message));
            assert_eq!(partial, (refused > 0).then(|| (refused.try_into().unwrap(), "too old".to_owned())));
        }
        check(0, Signal::Traces, "{}");
        check(2, Signal::Traces, r#"{"partialSuccess":{"errorMessage":"too old","rejectedSpans":"2"}}"#);
        check(2, Signal::Logs, r#"{"partialSuccess":{"errorMessage":"too old","rejectedLogRecords":"2"}}"#);
        check(
            2,
            Signal::Metrics,
            r#"{"partialSuccess":{"errorMessage":"too old","rejectedDataPoints":"2"}}"#,
        );
    }
}
