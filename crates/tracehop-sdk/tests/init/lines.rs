//! Lines that a service writes on its machine.

use serde_json::Value;
use tracehop_sdk::{LogFormat, Telemetry, TelemetryBuilder};

use crate::endpoints::lookup;
use crate::written::Lines;

/// Telemetry that exports nothing, with these variables beside.
pub(crate) fn local(set: &[(&str, &str)]) -> (TelemetryBuilder, Lines) {
    let none =
        ["OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"].map(|name| (name, "none"));
    let lines = Lines::default();
    let writer = lines.clone();
    let builder = Telemetry::builder("orders").log_writer(move || writer.clone());
    (builder.variables(lookup(none.into_iter().chain(set.iter().copied()))), lines)
}

fn log(telemetry: &Telemetry) {
    tracing::dispatcher::with_default(telemetry.dispatch(), || {
        tracing::info!(order = 7, late = true, price = 1.5, who = %"ada", "outside");
        let _span = tracing::info_span!("place order").entered();
        tracing::warn!("inside\nof it");
        tracing::debug!("too small to be told");
    });
}

#[test]
fn a_line_of_json_has_the_identifiers_at_its_top() {
    for by_code in [true, false] {
        let (builder, lines) = local(if by_code { &[] } else { &[("TRACEHOP_LOG_FORMAT", "JSON")] });
        let builder = if by_code { builder.log_format(LogFormat::Json) } else { builder };
        log(&builder.build().unwrap());
        let lines: Vec<Value> = lines.all().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        let (outside, inside) = (&lines[0], &lines[1]);
        assert_eq!((&outside["message"], &outside["level"]), (&"outside".into(), &"INFO".into()));
        assert_eq!(outside["target"], "init::lines");
        assert_eq!(
            outside["fields"],
            serde_json::json!({"order": 7, "late": true, "price": 1.5, "who": "ada"})
        );
        assert!(outside.get("trace_id").is_none() && outside.get("span_id").is_none());
        assert!(outside["timestamp"].as_str().unwrap().ends_with('Z'));
        assert_eq!((&inside["message"], &inside["level"]), (&"inside\nof it".into(), &"WARN".into()));
        let digits = |key: &str| inside[key].as_str().unwrap().len();
        assert_eq!((digits("trace_id"), digits("span_id")), (32, 16));
        assert!(inside.get("fields").is_none());
    }
}

#[test]
fn a_line_of_text_has_them_at_its_end() {
    let (builder, lines) = local(&[]);
    log(&builder.build().unwrap());
    let lines = lines.all();
    let outside = lines.iter().find(|line| line.contains("outside")).unwrap();
    assert!(
        outside.ends_with("  INFO init::lines: outside order=7 late=true price=1.5 who=ada"),
        "{outside}"
    );
    let inside = lines.last().unwrap();
    let (_, ids) = inside.split_once(" trace_id=").unwrap();
    let (trace_id, span_id) = ids.split_once(" span_id=").unwrap();
    assert_eq!((trace_id.len(), span_id.len()), (32, 16), "{inside}");
}

#[test]
fn a_record_of_the_crate_log_is_a_line_as_others_are() {
    let (builder, lines) = local(&[]);
    tracing::dispatcher::with_default(builder.build().unwrap().dispatch(), || {
        let mut record = log::Record::builder();
        record.target("old_crate").level(log::Level::Warn).file(Some("old.rs")).line(Some(7));
        tracing_log::format_trace(&record.args(format_args!("of old")).build()).unwrap();
    });
    let lines = lines.all();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].ends_with("  WARN old_crate: of old"), "{lines:?}");
}

#[test]
fn the_filter_says_what_counts() {
    let messages = |builder: TelemetryBuilder, lines: &Lines| {
        log(&builder.log_format(LogFormat::Json).build().unwrap());
        lines
            .all()
            .iter()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["message"].to_string())
            .collect::<Vec<_>>()
    };
    let (inside, debug) = ("\"inside\\nof it\"", "\"too small to be told\"");
    let (builder, lines) = local(&[("RUST_LOG", "warn")]);
    assert_eq!(messages(builder, &lines), [inside]);
    let (builder, lines) = local(&[("RUST_LOG", "off,init=debug")]);
    assert_eq!(messages(builder, &lines), ["\"outside\"", inside, debug]);
    let (builder, lines) = local(&[("RUST_LOG", "not[a filter")]);
    assert_eq!(messages(builder.log_filter("warn"), &lines), [inside]);
}

#[cfg(feature = "internal-logs")]
#[test]
fn what_is_said_of_variables_is_written_also_before_there_is_a_subscriber() {
    let (builder, lines) = local(&[("OTEL_TRACES_SAMPLER", "sometimes")]);
    drop(builder.build().unwrap());
    let lines = lines.all();
    let told: Vec<_> = lines.iter().filter(|line| line.contains("OTEL_TRACES_SAMPLER")).collect();
    assert_eq!(told.len(), 1, "{lines:#?}");
    assert!(told[0].contains("WARN tracehop-sdk:"), "{told:?}");
}
