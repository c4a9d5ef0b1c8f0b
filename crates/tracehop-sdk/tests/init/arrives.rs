//! What arrives at a server: all signals, joined by their identifiers.

use std::collections::BTreeSet;
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;
#[cfg(feature = "redaction")]
use tracehop_sdk::Redact;
use tracehop_sdk::{LogFormat, Telemetry};

use crate::endpoints::{PROTOCOLS, attribute, lookup, recorder, to};
use crate::mail::relay;
use crate::written::Lines;

#[test]
fn spans_metrics_and_logs_of_a_message_arrive_and_belong_together() {
    for protocol in PROTOCOLS {
        let recorder = recorder();
        let lines = Lines::default();
        let writer = lines.clone();
        let telemetry = Telemetry::builder("orders")
            .variables(lookup(to(&recorder, protocol)))
            .log_format(LogFormat::Json)
            .log_writer(move || writer.clone())
            .build()
            .unwrap();
        tracing::dispatcher::with_default(telemetry.dispatch(), || {
            relay(&telemetry.messaging_tracer(), || {
                tracing::info!("in the handler");
                let _span = tracing::info_span!("charge").entered();
                tracing::info!("in a span of it");
            });
        });
        telemetry.shutdown().unwrap();

        recorder.tree().events(true).assert(
            "
            orders: send orders        PRODUCER  #1
            └ orders: process orders   CONSUMER  links: #1  events: in the handler
              └ orders: charge         INTERNAL  events: in a span of it
            ",
        );
        let (spans, logs) = (recorder.finished(), recorder.logs());
        for (text, name) in [("in the handler", "process orders"), ("in a span of it", "charge")] {
            let span = spans.iter().find(|recorded| recorded.span.name == name).unwrap();
            let context = &span.span.span_context;
            let record = logs.iter().find(|record| record.body == text).unwrap();
            assert_eq!((record.trace_id, record.span_id), (context.trace_id(), context.span_id()), "{text}");
            let line = lines.all().into_iter().find(|line| line.contains(text)).unwrap();
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line["trace_id"], context.trace_id().to_string());
            assert_eq!(line["span_id"], context.span_id().to_string());
        }

        let metrics = recorder.metrics();
        let names: BTreeSet<&str> = metrics.iter().map(|metric| metric.point.name.as_str()).collect();
        for name in [
            "messaging.client.operation.duration",
            "messaging.process.duration",
            "messaging.client.sent.messages",
        ] {
            assert!(names.contains(name), "{names:?}");
        }

        let of_spans = spans.iter().map(|span| &span.resource);
        let of_others =
            metrics.iter().map(|metric| &metric.resource).chain(logs.iter().map(|log| &log.resource));
        let instance = |resource: &Arc<[KeyValue]>| attribute(resource, "service.instance.id").unwrap();
        let instances: BTreeSet<String> = of_spans.chain(of_others).map(instance).collect();
        assert_eq!(instances.len(), 1, "all signals have one resource");
    }
}

#[test]
fn nothing_that_is_exported_makes_something_to_export() {
    let recorder = recorder();
    let (variables, lines) = (to(&recorder, "http/protobuf"), Lines::default());
    let short = [("OTEL_BSP_SCHEDULE_DELAY", "1"), ("OTEL_BLRP_SCHEDULE_DELAY", "1"), ("RUST_LOG", "trace")];
    let short = short.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let writer = lines.clone();
    let telemetry = Telemetry::builder("orders")
        .variables(lookup(variables.into_iter().chain(short)))
        .log_writer(move || writer.clone())
        .build()
        .unwrap();
    // For all threads that make an export here: the subscriber is that of this one, and flushes are of this one.
    tracing::dispatcher::with_default(telemetry.dispatch(), || {
        tracing::info_span!("place order").in_scope(|| tracing::info!("once"));
        for _ in 0..3 {
            telemetry.logs().provider().force_flush().unwrap();
            telemetry.traces().provider().force_flush().unwrap();
            telemetry.metrics().provider().force_flush().unwrap();
        }
    });
    telemetry.shutdown().unwrap();
    let bodies: Vec<String> = recorder.logs().into_iter().map(|record| record.body).collect();
    assert_eq!((bodies, recorder.finished().len()), (vec!["once".to_owned()], 1));
}

#[test]
fn each_signal_can_be_configured() {
    let recorder = recorder();
    let telemetry = Telemetry::builder("orders")
        .variables(lookup(to(&recorder, "http/protobuf")))
        .log_writer(std::io::sink)
        .traces(|traces| {
            #[cfg(feature = "redaction")]
            let traces = {
                let redaction = tracehop_sdk::Redaction::builder().rule("messaging.*", Redact::Remove);
                traces.redaction(redaction.build().unwrap())
            };
            traces.ratio(1.0)
        })
        .messaging(|tracer| tracer.explain_extraction(true))
        .build()
        .unwrap();
    relay(&telemetry.messaging_tracer(), || ());
    telemetry.shutdown().unwrap();
    let spans: Vec<SpanData> = recorder.finished().into_iter().map(|recorded| recorded.span).collect();
    let explained = |span: &SpanData| span.events.iter().any(|event| event.name == "tracehop.extracted");
    assert!(spans.iter().any(explained), "{spans:?}");
    #[cfg(feature = "redaction")]
    assert!(spans.iter().all(|span| span.attributes.is_empty()), "{spans:?}");
}

#[test]
fn a_warning_in_a_handler_is_on_its_span_though_nothing_less_is_logged() {
    for (filter, expected) in [("warn", vec!["late"]), ("warn,tracehop::process=off", vec![])] {
        let recorder = recorder();
        let filter_set = [("RUST_LOG".to_owned(), filter.to_owned())];
        let set = to(&recorder, "http/protobuf").into_iter().chain(filter_set);
        let telemetry =
            Telemetry::builder("orders").variables(lookup(set)).log_writer(std::io::sink).build().unwrap();
        tracing::dispatcher::with_default(telemetry.dispatch(), || {
            relay(&telemetry.messaging_tracer(), || {
                tracing::info!("taken");
                tracing::warn!("late");
            });
        });
        telemetry.shutdown().unwrap();
        let spans = recorder.finished();
        let process = spans.iter().find(|recorded| recorded.span.name == "process orders").unwrap();
        let events: Vec<&str> = process.span.events.iter().map(|event| &*event.name).collect();
        assert_eq!(events, expected, "{filter}");
        assert_eq!(recorder.logs().len(), 1, "the record is exported in any case");
    }
}
