//! What is taken out of all signals.

use std::fmt;

use opentelemetry_sdk::trace::SpanData;
use tracehop_sdk::{Redact, Redaction, Telemetry};

use crate::endpoints::{lookup, recorder, to};
use crate::mail::relay;

#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SECRET declined")
    }
}

impl std::error::Error for Declined {}

/// All that is exported, as texts.
fn exported(redaction: Redaction) -> (Vec<SpanData>, String) {
    let recorder = recorder();
    let telemetry = Telemetry::builder("orders")
        .variables(lookup(to(&recorder, "http/protobuf")))
        .log_writer(std::io::sink)
        .redaction(redaction)
        .build()
        .unwrap();
    tracing::dispatcher::with_default(telemetry.dispatch(), || {
        relay(&telemetry.messaging_tracer(), || {
            tracing::info!(my.secret = "SECRET", "a field");
            tracing::error!("SECRET, as a message");
            tracing::error!(error = %Declined, "failed");
            let error: &(dyn std::error::Error + 'static) = &Declined;
            tracing::error!(error, "failed too");
            tracing::error!(err = ?Declined, "failed {}", Declined);
            tracing::error!(error = %Declined);
        });
    });
    telemetry.shutdown().unwrap();
    let (spans, logs) = (recorder.finished(), recorder.logs());
    assert_eq!(logs.len(), 6);
    let all = format!("{spans:?} {logs:?}");
    (spans.into_iter().map(|recorded| recorded.span).collect(), all)
}

#[test]
fn nothing_secret_is_exported_of_spans_or_of_log_records() {
    let (_, all) = exported(Redaction::builder().build().unwrap());
    assert!(all.matches("SECRET").count() > 10, "{all}");

    let rules = || Redaction::builder().rule("*secret*", Redact::Remove);
    let (spans, all) = exported(rules().drop_error_texts().build().unwrap());
    assert!(!all.contains("SECRET"), "{all}");
    let process = spans.iter().find(|span| span.name == "process orders").unwrap();
    let events: Vec<&str> = process.events.iter().map(|event| &*event.name).collect();
    assert_eq!(events, ["a field", "error", "error", "error", "error", "exception"]);

    let scrub = |text: &str| text.contains("SECRET").then(|| text.replace("SECRET", "card"));
    let (_, all) = exported(rules().scrub_error_texts(scrub).build().unwrap());
    assert!(!all.contains("SECRET"), "{all}");
    for text in ["card, as a message", "card declined", "failed too"] {
        assert!(all.matches(text).count() >= 2, "{text}: {all}");
    }
}
