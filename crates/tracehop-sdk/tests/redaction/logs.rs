//! Log records.

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::{Key, SpanId, TraceFlags, TraceId};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLogRecord};
use tracehop_sdk::{Logs, Redact, Redaction, RedactionBuilder};

/// A record as the exporter gets it.
fn exported(redaction: RedactionBuilder, set: impl FnOnce(&mut SdkLogRecord)) -> SdkLogRecord {
    let exporter = InMemoryLogExporter::default();
    let builder = Logs::builder("orders").variables(|_| None).exporter(exporter.clone());
    let logs = builder.redaction(redaction.build().unwrap()).build().unwrap();
    let logger = logs.provider().logger("test");
    let mut record = logger.create_log_record();
    set(&mut record);
    logger.emit(record);
    logs.provider().force_flush().unwrap();
    exporter.get_emitted_logs().unwrap().remove(0).record
}

/// An attribute `a` of a record about which there is this rule.
fn changed(redact: Redact, value: AnyValue) -> Option<AnyValue> {
    let record = exported(Redaction::builder().rule("a", redact), |record| {
        record.add_attribute("a", value);
        record.add_attribute("b", "stays");
    });
    let attributes: Vec<_> = record.attributes_iter().cloned().collect();
    assert_eq!(attributes.last(), Some(&(Key::new("b"), AnyValue::from("stays"))));
    attributes.into_iter().find(|(key, _)| key.as_str() == "a").map(|(_, value)| value)
}

#[test]
fn each_kind_of_value_is_changed_as_the_text_that_it_stands_for() {
    let list = |texts: &[&'static str]| texts.iter().copied().collect::<AnyValue>();
    let map = |text: &'static str| [("key", text)].into_iter().collect::<AnyValue>();
    let gone = || Redact::Replace("gone".into());
    for (redact, before, expected) in [
        (Redact::Keep, AnyValue::from("x"), Some(AnyValue::from("x"))),
        (Redact::Remove, "x".into(), None),
        (Redact::Remove, list(&["x"]), None),
        (gone(), "x".into(), Some("gone".into())),
        (gone(), 7.into(), Some("gone".into())),
        (gone(), 0.5.into(), Some("gone".into())),
        (gone(), true.into(), Some("gone".into())),
        (gone(), AnyValue::from(&b"x"[..]), Some("gone".into())),
        (gone(), list(&["x", "y"]), Some(list(&["gone", "gone"]))),
        (gone(), map("x"), Some(map("gone"))),
        (Redact::KeepLast(2), 12345.into(), Some("***45".into())),
    ] {
        assert_eq!(changed(redact.clone(), before.clone()), expected, "{redact:?} {before:?}");
    }
}

#[test]
fn all_else_of_a_record_is_as_it_was() {
    let now = std::time::SystemTime::now();
    let fill = |record: &mut SdkLogRecord| {
        record.set_event_name("event");
        record.set_target("target");
        record.set_timestamp(now);
        record.set_observed_timestamp(now);
        record.set_trace_context(TraceId::from(1), SpanId::from(2), Some(TraceFlags::SAMPLED));
        record.set_severity_text("WARN");
        record.set_severity_number(Severity::Warn);
        record.set_body("body".into());
    };
    let expected = exported(Redaction::builder(), fill);
    let found = exported(Redaction::builder().rule("a", Redact::Remove), |record| {
        fill(record);
        record.add_attribute("a", 1);
    });
    assert_eq!(found, expected);
}

#[test]
fn what_maps_have_inside_is_looked_at_as_attributes_are() {
    let map = |entries: &[(&'static str, &'static str)]| entries.iter().copied().collect::<AnyValue>();
    let secret = map(&[("secret", "x"), ("open", "y")]);
    let record = exported(Redaction::builder().rule("secret", Redact::Remove), |record| {
        record.set_body(secret.clone());
        record.add_attribute("a", secret.clone());
        record.add_attribute("list", AnyValue::ListAny(Box::new(vec![secret])));
    });
    let open = || map(&[("open", "y")]);
    assert_eq!(record.body(), Some(&open()));
    let values: Vec<_> = record.attributes_iter().map(|(_, value)| value.clone()).collect();
    assert_eq!(values, [open(), AnyValue::ListAny(Box::new(vec![open()]))]);
}

/// The body, and the values of attributes that may be texts of errors.
fn texts(redaction: RedactionBuilder, severity: Severity) -> (Option<AnyValue>, Vec<(String, AnyValue)>) {
    let record = exported(redaction, |record| {
        record.set_severity_number(severity);
        record.set_body("about ada".into());
        for key in ["error", "exception.message", "err.chain", "error.type"] {
            record.add_attribute(key, "no ada");
        }
        record.add_attribute("error", true);
    });
    let attributes = record.attributes_iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
    (record.body().cloned(), attributes)
}

fn all(shown: &[(&str, &'static str)]) -> Vec<(String, AnyValue)> {
    let texts = shown.iter().map(|(key, text)| ((*key).to_owned(), AnyValue::from(*text)));
    texts.chain([("error".to_owned(), true.into())]).collect()
}

#[test]
fn texts_of_errors_are_dropped_and_the_body_of_what_is_logged_as_an_error() {
    let dropping = || Redaction::builder().drop_error_texts();
    let left = all(&[("error.type", "no ada")]);
    assert_eq!(texts(dropping(), Severity::Warn), (Some("about ada".into()), left.clone()));
    assert_eq!(texts(dropping(), Severity::Error), (None, left.clone()));
    assert_eq!(texts(dropping(), Severity::Fatal), (None, left));
}

#[test]
fn a_function_takes_something_out_of_them() {
    let scrubbing = |text: &str| text.contains("ada").then(|| text.replace("ada", "?"));
    let (body, attributes) = texts(Redaction::builder().scrub_error_texts(scrubbing), Severity::Error);
    assert_eq!(body, Some("about ?".into()));
    let shown =
        [("error", "no ?"), ("exception.message", "no ?"), ("err.chain", "no ?"), ("error.type", "no ada")];
    assert_eq!(attributes, all(&shown));
}
