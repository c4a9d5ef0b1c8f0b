use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogExporter, SdkLogRecord};

/// Writes records to the standard output, one on each line, for looking at them: the form may change.
#[derive(Debug, Default)]
pub(super) struct ConsoleExporter {
    is_shut_down: AtomicBool,
}

impl LogExporter for ConsoleExporter {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        if self.is_shut_down.load(Ordering::Relaxed) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        let lines: String = batch.iter().map(|(record, _)| line(record)).collect();
        let written = std::io::stdout().lock().write_all(lines.as_bytes());
        written.map_err(|error| OTelSdkError::InternalFailure(format!("the standard output: {error}")))
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        self.is_shut_down.store(true, Ordering::Relaxed);
        Ok(())
    }
}

/// Severity, target, body, attributes and the span's identifiers.
fn line(record: &SdkLogRecord) -> String {
    let mut line = record.severity_text().unwrap_or("-").to_owned();
    let mut add = |text: &str| {
        line.push(' ');
        line.extend(text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }));
    };
    if let Some(target) = record.target() {
        add(target);
    }
    if let Some(body) = record.body() {
        add(&shown(body));
    }
    for (key, value) in record.attributes_iter() {
        add(&format!("{key}={}", shown(value)));
    }
    if let Some(context) = record.trace_context() {
        add(&format!("trace_id={} span_id={}", context.trace_id, context.span_id));
    }
    line.push('\n');
    line
}

fn shown(value: &AnyValue) -> String {
    match value {
        AnyValue::String(text) => text.to_string(),
        AnyValue::Int(number) => number.to_string(),
        AnyValue::Double(number) => number.to_string(),
        AnyValue::Boolean(value) => value.to_string(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use opentelemetry::logs::{LogRecord, Logger, LoggerProvider, Severity};
    use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
    use opentelemetry::{Context, InstrumentationScope};
    use opentelemetry_sdk::logs::{LogProcessor, SdkLoggerProvider};

    use super::*;

    #[derive(Clone, Debug, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    impl LogProcessor for Lines {
        fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
            self.0.lock().unwrap().push(line(record));
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    #[test]
    fn a_record_is_one_line() {
        let lines = Lines::default();
        let provider = SdkLoggerProvider::builder().with_log_processor(lines.clone()).build();
        let logger = provider.logger("test");
        let cx = SpanContext::new(1.into(), 2.into(), TraceFlags::SAMPLED, false, TraceState::NONE);
        let _active = Context::new().with_remote_span_context(cx).attach();
        let mut record = logger.create_log_record();
        record.set_severity_text("WARN");
        record.set_severity_number(Severity::Warn);
        record.set_target("orders");
        record.set_body(AnyValue::from("late\nagain"));
        record.add_attribute("count", 3);
        logger.emit(record);
        let expected =
            format!("WARN orders late\u{fffd}again count=3 trace_id={:032x} span_id={:016x}\n", 1, 2);
        assert_eq!(*lines.0.lock().unwrap(), [expected]);
    }
}
