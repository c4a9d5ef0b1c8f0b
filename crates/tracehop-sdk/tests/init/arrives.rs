//! What arrives at a server: all signals, joined by their identifiers.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::trace::v1::Span;
#[cfg(feature = "redaction")]
use tracehop_sdk::Redact;
use tracehop_sdk::{LogFormat, Telemetry};

use crate::mail::relay;
use crate::receiver::{Receiver, attribute, body, lookup};
use crate::written::Lines;

/// Both ways, as far as they are there.
pub(crate) fn receivers() -> Vec<Receiver> {
    let mut all = vec![Receiver::http()];
    if cfg!(feature = "otlp-grpc") {
        all.push(Receiver::grpc());
    }
    all
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn spans_metrics_and_logs_of_a_message_arrive_and_belong_together() {
    for receiver in receivers() {
        let lines = Lines::default();
        let writer = lines.clone();
        let telemetry = Telemetry::builder("orders")
            .variables(lookup(receiver.variables()))
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

        let received = receiver.received();
        let span = |name: &str| -> &Span {
            let found = received.spans.iter().find(|span| span.name == name);
            found.unwrap_or_else(|| panic!("{name}: {:?}", received.spans))
        };
        let (send, process, charge) = (span("send orders"), span("process orders"), span("charge"));
        assert_eq!(received.spans.len(), 3);
        assert_eq!((&process.parent_span_id, &charge.parent_span_id), (&send.span_id, &process.span_id));

        // The bridge makes no span beside that of the handling, and brings its events there.
        let events = |span: &Span| span.events.iter().map(|event| event.name.clone()).collect::<Vec<_>>();
        assert_eq!(
            (events(process), events(charge)),
            (vec!["in the handler".into()], vec!["in a span of it".into()])
        );

        for (text, span) in [("in the handler", process), ("in a span of it", charge)] {
            let record = received.logs.iter().find(|record| body(record) == text).unwrap();
            assert_eq!((&record.trace_id, &record.span_id), (&span.trace_id, &span.span_id), "{text}");
            let line = lines.all().into_iter().find(|line| line.contains(text)).unwrap();
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line["trace_id"], hex(&span.trace_id));
            assert_eq!(line["span_id"], hex(&span.span_id));
        }

        let metrics: BTreeSet<&str> = received.metrics.iter().map(|metric| metric.name.as_str()).collect();
        for name in [
            "messaging.client.operation.duration",
            "messaging.process.duration",
            "messaging.client.sent.messages",
        ] {
            assert!(metrics.contains(name), "{metrics:?}");
        }

        let instance = |resource| attribute(resource, "service.instance.id").unwrap();
        let instances: BTreeSet<String> = received.resources.iter().map(instance).collect();
        assert_eq!(instances.len(), 1, "all signals have one resource");
        assert!(received.resources.len() >= 3);
    }
}

#[test]
fn nothing_that_is_exported_makes_something_to_export() {
    let receiver = Receiver::http();
    let (variables, lines) = (receiver.variables(), Lines::default());
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
    let received = receiver.received();
    let bodies: Vec<String> = received.logs.iter().map(body).collect();
    assert_eq!((bodies, received.spans.len()), (vec!["once".to_owned()], 1));
}

#[test]
fn each_signal_can_be_configured() {
    let receiver = Receiver::http();
    let telemetry = Telemetry::builder("orders")
        .variables(lookup(receiver.variables()))
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
    let received = receiver.received();
    let explained = |span: &Span| span.events.iter().any(|event| event.name == "tracehop.extracted");
    assert!(received.spans.iter().any(explained), "{:?}", received.spans);
    #[cfg(feature = "redaction")]
    assert!(received.spans.iter().all(|span| span.attributes.is_empty()), "{:?}", received.spans);
}

#[test]
fn a_warning_in_a_handler_is_on_its_span_though_nothing_less_is_logged() {
    for (filter, expected) in [("warn", vec!["late"]), ("warn,tracehop::process=off", vec![])] {
        let receiver = Receiver::http();
        let set = receiver.variables().into_iter().chain([("RUST_LOG".to_owned(), filter.to_owned())]);
        let telemetry =
            Telemetry::builder("orders").variables(lookup(set)).log_writer(std::io::sink).build().unwrap();
        tracing::dispatcher::with_default(telemetry.dispatch(), || {
            relay(&telemetry.messaging_tracer(), || {
                tracing::info!("taken");
                tracing::warn!("late");
            });
        });
        telemetry.shutdown().unwrap();
        let received = receiver.received();
        let process = received.spans.iter().find(|span| span.name == "process orders").unwrap();
        let events: Vec<&str> = process.events.iter().map(|event| event.name.as_str()).collect();
        assert_eq!(events, expected, "{filter}");
        assert_eq!(received.logs.len(), 1, "the record is exported in any case");
    }
}
