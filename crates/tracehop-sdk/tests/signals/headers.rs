//! What requests look like on the wire, which an `OtlpRecorder` does not show: their headers, and how metrics are counted.

use opentelemetry::metrics::MeterProvider;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use prost::Message;
use tracehop_sdk::{LogsBuilder, MetricsBuilder};
use tracing_subscriber::layer::SubscriberExt;

use crate::endpoints::lookup;
use crate::grpc_logs::GrpcLogs;
use crate::http_server::{Answer, Server};

type Variables<'a> = &'a [(&'a str, String)];

fn export_metrics(variables: Variables<'_>) {
    let metrics = MetricsBuilder::default().variables(lookup(variables.iter().cloned())).build().unwrap();
    metrics.provider().meter("test").u64_counter("orders").build().add(1, &[]);
    metrics.shutdown().unwrap();
}

fn export_logs(variables: Variables<'_>) {
    let logs = LogsBuilder::default().variables(lookup(variables.iter().cloned())).build().unwrap();
    let subscriber = tracing_subscriber::registry().with(logs.layer());
    tracing::subscriber::with_default(subscriber, || tracing::info!("x"));
    logs.shutdown().unwrap();
}

#[test]
fn the_temporality_is_the_one_that_a_variable_prefers() {
    for (value, expected) in [("", 2), ("cumulative", 2), ("Delta", 1), ("lowmemory", 1)] {
        let server = Server::start(vec![], Answer::ok());
        export_metrics(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", server.address)),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", value.to_owned()),
        ]);
        let request = ExportMetricsServiceRequest::decode(&*server.request().body).unwrap();
        let metric = &request.resource_metrics[0].scope_metrics[0].metrics[0];
        let Some(Data::Sum(sum)) = &metric.data else { panic!("a sum") };
        assert_eq!(sum.aggregation_temporality, expected, "{value:?}");
    }
}

#[test]
fn variables_of_one_signal_come_first() {
    let (of_metrics, of_logs) = (Server::start(vec![], Answer::ok()), GrpcLogs::start());
    let set = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9".to_owned()),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", format!("http://{}/v1/metrics", of_metrics.address)),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", format!("http://{}", of_logs.address)),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc".to_owned()),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-tenant=metrics".to_owned()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=all".to_owned()),
    ];
    export_metrics(&set);
    export_logs(&set);
    let request = of_metrics.request();
    assert_eq!(request.line, "POST /v1/metrics HTTP/1.1");
    assert_eq!(request.header("x-tenant"), Some("metrics"));
    assert_eq!(of_logs.tenant(), "all");
}
