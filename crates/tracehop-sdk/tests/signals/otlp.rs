//! What arrives at a server.

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use tracehop_sdk::{Logs, LogsBuilder, Metrics, MetricsBuilder};
use tracing_subscriber::layer::SubscriberExt;

use crate::receiver::{Receiver, attribute, body, lookup};

fn both() -> [Receiver; 2] {
    [Receiver::http(), Receiver::grpc()]
}

#[test]
fn metrics_arrive() {
    for receiver in both() {
        let metrics = Metrics::builder("orders").variables(lookup(receiver.variables())).build().unwrap();
        let meter = metrics.provider().meter("test");
        let tags = [KeyValue::new("broker", "kafka")];
        meter.u64_counter("orders.placed").build().add(3, &tags);
        meter.f64_histogram("orders.duration").with_unit("s").build().record(0.5, &tags);
        metrics.shutdown().unwrap();

        let received = receiver.received();
        let names: Vec<&str> = received.metrics.iter().map(|metric| metric.name.as_str()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.contains(&"orders.placed") && names.contains(&"orders.duration"), "{names:?}");
        assert_eq!(attribute(&received.resources[0], "service.name").as_deref(), Some("orders"));
        assert_eq!(received.tenants, [Some("shop".to_owned())]);
        let counters = metrics.counters();
        assert_eq!((counters.delivered(), counters.lost()), (2, 0));
    }
}

#[test]
fn the_temporality_is_the_one_that_a_variable_prefers() {
    for (value, expected) in [(None, 2), (Some("cumulative"), 2), (Some("Delta"), 1), (Some("lowmemory"), 1)]
    {
        let receiver = Receiver::http();
        let preference = (
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE".to_owned(),
            value.unwrap_or_default().to_owned(),
        );
        let variables = receiver.variables().into_iter().chain([preference]);
        let metrics = MetricsBuilder::default().variables(lookup(variables)).build().unwrap();
        metrics.provider().meter("test").u64_counter("orders").build().add(1, &[]);
        metrics.shutdown().unwrap();
        let Some(Data::Sum(sum)) = &receiver.received().metrics[0].data else { panic!("a sum") };
        assert_eq!(sum.aggregation_temporality, expected, "{value:?}");
    }
}

#[test]
fn records_of_logs_arrive_with_the_identifiers_of_their_span() {
    for receiver in both() {
        let logs = Logs::builder("orders").variables(lookup(receiver.variables())).build().unwrap();
        let cx = SpanContext::new(0xa.into(), 0xb.into(), TraceFlags::SAMPLED, false, TraceState::NONE);
        let subscriber = tracing_subscriber::registry().with(logs.layer());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("outside");
            let _active = opentelemetry::Context::new().with_remote_span_context(cx).attach();
            tracing::error!(order = 7, "inside");
        });
        logs.shutdown().unwrap();

        let received = receiver.received();
        let found: Vec<_> = received
            .logs
            .iter()
            .map(|record| {
                (body(record), record.severity_text.clone(), record.trace_id.clone(), record.span_id.clone())
            })
            .collect();
        let none = || (vec![], vec![]);
        let some = (0xa_u128.to_be_bytes().to_vec(), 0xb_u64.to_be_bytes().to_vec());
        let expect = |text: &str, level: &str, ids: (Vec<u8>, Vec<u8>)| {
            (text.to_owned(), level.to_owned(), ids.0, ids.1)
        };
        assert_eq!(found, [expect("outside", "INFO", none()), expect("inside", "ERROR", some)]);
        assert_eq!(attribute(&received.resources[0], "service.name").as_deref(), Some("orders"));
        let counters = logs.counters();
        assert_eq!((counters.delivered(), counters.lost()), (2, 0));
    }
}

#[test]
fn variables_of_one_signal_come_first() {
    let (of_metrics, of_logs) = (Receiver::http(), Receiver::grpc());
    let set = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9".to_owned()),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", format!("http://{}/v1/metrics", of_metrics.address)),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", format!("http://{}", of_logs.address)),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc".to_owned()),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-tenant=metrics".to_owned()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=all".to_owned()),
    ];
    let set = lookup(set);
    let metrics = MetricsBuilder::default().variables(set.clone()).build().unwrap();
    metrics.provider().meter("test").u64_counter("orders").build().add(1, &[]);
    metrics.shutdown().unwrap();
    let logs = LogsBuilder::default().variables(set).build().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(logs.layer()), || {
        tracing::info!("x");
    });
    logs.shutdown().unwrap();
    assert_eq!(of_metrics.received().tenants, [Some("metrics".to_owned())]);
    assert_eq!(of_logs.received().tenants, [Some("all".to_owned())]);
}
