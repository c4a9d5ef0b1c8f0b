//! What arrives at a server.

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracehop_sdk::{Logs, Metrics};
use tracing_subscriber::layer::SubscriberExt;

use crate::endpoints::{PROTOCOLS, lookup, recorder, to};

#[test]
fn metrics_arrive() {
    for protocol in PROTOCOLS {
        let recorder = recorder();
        let variables = lookup(to(&recorder, protocol));
        let metrics = Metrics::builder("orders").variables(variables).build().unwrap();
        let meter = metrics.provider().meter("test");
        let tags = [KeyValue::new("broker", "kafka")];
        meter.u64_counter("orders.placed").build().add(3, &tags);
        meter.f64_histogram("orders.duration").with_unit("s").build().record(0.5, &tags);
        metrics.shutdown().unwrap();

        let mut arrived: Vec<String> = recorder.metrics().iter().map(ToString::to_string).collect();
        arrived.sort();
        assert_eq!(
            arrived,
            [
                "orders: orders.duration s histogram [broker=kafka] 1",
                "orders: orders.placed  counter [broker=kafka] 3"
            ]
        );
        let counters = metrics.counters();
        assert_eq!((counters.delivered(), counters.lost()), (2, 0));
    }
}

#[test]
fn records_of_logs_arrive_with_the_identifiers_of_their_span() {
    for protocol in PROTOCOLS {
        let recorder = recorder();
        let logs = Logs::builder("orders").variables(lookup(to(&recorder, protocol))).build().unwrap();
        let cx = SpanContext::new(0xa.into(), 0xb.into(), TraceFlags::SAMPLED, false, TraceState::NONE);
        let subscriber = tracing_subscriber::registry().with(logs.layer());
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!("outside");
            let _active = opentelemetry::Context::new().with_remote_span_context(cx.clone()).attach();
            tracing::error!(order = 7, "inside");
        });
        logs.shutdown().unwrap();

        let arrived = recorder.logs();
        let found: Vec<_> =
            arrived.iter().map(|record| (record.to_string(), record.trace_id, record.span_id)).collect();
        let outside = ("orders: INFO outside".to_owned(), TraceId::INVALID, SpanId::INVALID);
        let inside = ("orders: ERROR inside".to_owned(), cx.trace_id(), cx.span_id());
        assert_eq!(found, [outside, inside]);
        let counters = logs.counters();
        assert_eq!((counters.delivered(), counters.lost()), (2, 0));
    }
}
