//! The log records of a request.

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, SeverityNumber};

use super::ids::{key, time};
use super::otlp_value::{attribute, to_text};
use crate::log_line::{LogLine, MAX_BODY};

/// The log records of a request that were written in a span. Others belong to no journey.
pub fn logs_of(request: ExportLogsServiceRequest) -> Vec<LogLine> {
    let scopes = request.resource_logs.into_iter().flat_map(|it| it.scope_logs);
    scopes.flat_map(|it| it.log_records).filter_map(log_line).collect()
}

fn log_line(record: LogRecord) -> Option<LogLine> {
    let span = key(&record.trace_id, &record.span_id);
    if span.0 == TraceId::INVALID || span.1 == SpanId::INVALID {
        return None;
    }
    let at = match record.time_unix_nano {
        0 => record.observed_time_unix_nano,
        nanos => nanos,
    };
    let severity = match record.severity_text.as_str() {
        "" => severity_name(record.severity_number),
        text => text,
    };
    let body = match to_text(record.body, MAX_BODY) {
        // Events may have a name only.
        body if body.is_empty() => record.event_name.into_boxed_str(),
        body => body,
    };
    Some(LogLine::new(span, time(at), severity, &body, record.attributes.into_iter().map(attribute)))
}

/// `WARN2` and the like.
fn severity_name(number: i32) -> &'static str {
    let name = SeverityNumber::try_from(number).map_or("", |it| it.as_str_name());
    name.strip_prefix("SEVERITY_NUMBER_").filter(|&name| name != "UNSPECIFIED").unwrap_or_default()
}
