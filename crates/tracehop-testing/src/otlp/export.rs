//! What a request of each signal becomes.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::logs::v1::LogRecord;

use super::recorded_log::RecordedLog;
use super::recorded_metric::RecordedMetric;
use super::sink::Sink;
use super::values::{attributes, resource, span_id, text, trace_id};
use super::{metrics, spans};
use crate::recorded_span::RecordedSpan;

/// A request of a signal.
pub(super) trait Export {
    type Response;

    /// Records all that is in it, and says what is not.
    fn record(self, sink: &Sink) -> Self::Response;
}

impl Export for ExportTraceServiceRequest {
    type Response = ExportTraceServiceResponse;

    fn record(self, sink: &Sink) -> Self::Response {
        // They are converted before the lock is taken.
        let (mut recorded, mut broken) = (Vec::new(), Vec::new());
        for of_resource in self.resource_spans {
            let (resource, service) = resource(of_resource.resource);
            for of_scope in of_resource.scope_spans {
                let scope = spans::scope(of_scope.scope);
                for span in of_scope.spans {
                    match spans::span(span, &scope) {
                        Ok(span) => recorded.push(RecordedSpan {
                            service: service.clone(),
                            resource: resource.clone(),
                            span,
                        }),
                        Err(why) => broken.push(why),
                    }
                }
            }
        }
        let partial_success = broken.first().map(|why| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(broken.len()).unwrap_or(i64::MAX),
            error_message: why.clone(),
        });
        sink.store.change(|received| {
            for span in recorded {
                received.add_span(span);
            }
            for why in broken {
                received.refuse(why);
            }
        });
        ExportTraceServiceResponse { partial_success }
    }
}

impl Export for ExportMetricsServiceRequest {
    type Response = ExportMetricsServiceResponse;

    fn record(self, sink: &Sink) -> Self::Response {
        let mut recorded = Vec::new();
        for of_resource in self.resource_metrics {
            let (resource, service) = resource(of_resource.resource);
            let source = format!("{resource:?}");
            let all = of_resource.scope_metrics.into_iter().flat_map(|of_scope| of_scope.metrics);
            recorded.extend(all.flat_map(metrics::points).map(|(point, temporality)| {
                let (service, resource) = (service.clone(), resource.clone());
                (source.clone(), RecordedMetric { service, resource, point }, temporality)
            }));
        }
        sink.store.change(|received| {
            for (source, metric, temporality) in recorded {
                received.add_metric(&source, metric, temporality);
            }
        });
        ExportMetricsServiceResponse::default()
    }
}

impl Export for ExportLogsServiceRequest {
    type Response = ExportLogsServiceResponse;

    fn record(self, sink: &Sink) -> Self::Response {
        let mut recorded = Vec::new();
        for of_resource in self.resource_logs {
            let (resource, service) = resource(of_resource.resource);
            let all = of_resource.scope_logs.into_iter().flat_map(|of_scope| of_scope.log_records);
            recorded.extend(all.map(|record| log(record, service.as_ref(), &resource)));
        }
        sink.store.change(|received| received.logs.append(&mut recorded));
        ExportLogsServiceResponse::default()
    }
}

fn log(record: LogRecord, service: Option<&Arc<str>>, resource: &Arc<[KeyValue]>) -> RecordedLog {
    RecordedLog {
        service: service.cloned(),
        resource: resource.clone(),
        severity: record.severity_text,
        body: text(record.body),
        event_name: record.event_name,
        attributes: attributes(record.attributes),
        trace_id: trace_id(&record.trace_id).unwrap_or(TraceId::INVALID),
        span_id: span_id(&record.span_id).unwrap_or(SpanId::INVALID),
    }
}
