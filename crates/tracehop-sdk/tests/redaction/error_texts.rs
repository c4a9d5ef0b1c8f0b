//! Status descriptions, and the attributes of events that say what went wrong.

use opentelemetry::KeyValue;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use tracehop_sdk::{Redact, Redaction, RedactionBuilder};

use crate::spans::exported;

/// The status, and the attributes of the event.
fn texts(span: &SpanData) -> (Status, Vec<(String, String)>) {
    let event = span.events.events.iter().find(|event| event.name == "exception").unwrap();
    let shown = |attribute: &KeyValue| (attribute.key.to_string(), attribute.value.to_string());
    (span.status.clone(), event.attributes.iter().map(shown).collect())
}

#[track_caller]
fn check(builder: RedactionBuilder, error: &str, status: &str, event: &[(&str, &str)]) -> Redaction {
    let redaction = builder.build().unwrap();
    let event = event.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    let (found, attributes) = texts(&exported(&redaction, &[], error));
    assert_eq!((found, attributes), (Status::error(status.to_owned()), event));
    redaction
}

const MESSAGE: &str = "exception.message";
const STACKTRACE: &str = "exception.stacktrace";
const REASON: &str = "tracehop.reason";

/// Hides who is meant, and panics at what it does not understand.
fn scrub(text: &str) -> Option<String> {
    assert!(!text.contains("panic"), "it says so");
    text.contains("ada").then(|| text.replace("ada", "?"))
}

#[test]
fn they_stay_unless_something_is_said() {
    let all = [(MESSAGE, "no ada"), (STACKTRACE, "no ada"), (REASON, "no ada")];
    check(Redaction::builder(), "no ada", "no ada", &all);
}

#[test]
fn they_are_dropped_and_the_status_stays() {
    check(Redaction::builder().drop_error_texts(), "no ada", "", &[]);
}

#[test]
fn a_function_takes_something_out_of_them() {
    let scrubbing = || Redaction::builder().scrub_error_texts(scrub);
    let all = |text| [(MESSAGE, text), (STACKTRACE, text), (REASON, text)];
    let redaction = check(scrubbing(), "no ada", "no ?", &all("no ?"));
    assert_eq!(redaction.scrub_panics(), 0);
    check(scrubbing(), "no", "no", &all("no"));
    let redaction = check(scrubbing(), "panic about ada", "", &[]);
    assert_eq!(redaction.scrub_panics(), 4);
}

#[test]
fn a_rule_about_an_attribute_comes_first() {
    let builder = Redaction::builder().rule(MESSAGE, Redact::Keep).rule(REASON, Redact::KeepLast(1));
    check(builder.drop_error_texts(), "no ada", "", &[(MESSAGE, "no ada"), (REASON, "***a")]);
}

#[test]
fn the_last_choice_counts() {
    check(Redaction::builder().scrub_error_texts(scrub).drop_error_texts(), "no", "", &[]);
    let all = [(MESSAGE, "no"), (STACKTRACE, "no"), (REASON, "no")];
    check(Redaction::builder().drop_error_texts().scrub_error_texts(scrub), "no", "no", &all);
}

#[test]
fn other_attributes_are_no_error_texts() {
    let redaction = Redaction::builder().drop_error_texts().build().unwrap();
    let attribute = [KeyValue::new("error.type", "declined")];
    assert_eq!(exported(&redaction, &attribute, "no").attributes, attribute);
}
