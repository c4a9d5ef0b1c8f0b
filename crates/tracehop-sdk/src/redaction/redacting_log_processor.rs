use std::time::Duration;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::{InstrumentationScope, StringValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLogger, SdkLoggerProvider};

use super::error_texts::Shown;
use super::redact::Redact;
use super::redaction::Redaction;

/// Applies a [`Redaction`] to each log record, before another processor gets it.
///
/// It is for providers that are set up by hand; [`LogsBuilder::redaction`](crate::LogsBuilder::redaction) does it for
/// [`Logs`](crate::Logs). Processors beside this one get records as they are.
///
/// ```
/// use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider};
/// use opentelemetry_sdk::logs::{BatchLogProcessor, InMemoryLogExporter, SdkLoggerProvider};
/// use tracehop_sdk::{Redact, RedactingLogProcessor, Redaction};
///
/// let exporter = InMemoryLogExporter::default();
/// let processor = BatchLogProcessor::builder(exporter.clone()).build();
/// let redaction = Redaction::builder().rule("enduser.*", Redact::KeepLast(2)).build()?;
/// let processor = RedactingLogProcessor::new(processor, redaction);
/// let provider = SdkLoggerProvider::builder().with_log_processor(processor).build();
///
/// let logger = provider.logger("doc");
/// let mut record = logger.create_log_record();
/// record.add_attribute("enduser.id", "ada lovelace");
/// logger.emit(record);
/// provider.force_flush()?;
/// let (_, value) = exporter.get_emitted_logs()?[0].record.attributes_iter().next().cloned().ok_or("none")?;
/// assert_eq!(value, AnyValue::from("***ce"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RedactingLogProcessor<P> {
    inner: P,
    redaction: Redaction,
    /// It makes records: of one that is there nothing can be taken away. It emits none.
    maker: SdkLogger,
}

impl<P: LogProcessor> RedactingLogProcessor<P> {
    /// `inner` gets records after they were changed.
    pub fn new(inner: P, redaction: Redaction) -> Self {
        let nowhere = SdkLoggerProvider::builder().with_resource(Resource::builder_empty().build());
        Self { inner, redaction, maker: nowhere.build().logger("tracehop") }
    }

    /// A record without what is to be taken out. `None` if nothing is.
    fn redacted(&self, record: &SdkLogRecord) -> Option<SdkLogRecord> {
        let redaction = &self.redaction;
        let is_error = record.severity_number().is_some_and(|severity| severity >= Severity::Error);
        let mut body = record.body().cloned();
        let has_error_text = is_error && redaction.has_error_texts();
        let looks_at_body = has_error_text || matches!(body, Some(AnyValue::ListAny(_) | AnyValue::Map(_)));
        let is_concerned = |(key, value): &(opentelemetry::Key, AnyValue)| match redaction.find(key.as_str())
        {
            Some(redact) => *redact != Redact::Keep,
            None => {
                matches!(value, AnyValue::ListAny(_) | AnyValue::Map(_))
                    || redaction.has_error_text(key.as_str())
            }
        };
        if !looks_at_body && !record.attributes_iter().any(is_concerned) {
            return None;
        }

        if let Some(value) = &mut body {
            let stays = if has_error_text { error_text(redaction, value) } else { true };
            inside(redaction, value);
            if !stays {
                body = None;
            }
        }
        let mut changed = self.maker.create_log_record();
        if let Some(name) = record.event_name() {
            changed.set_event_name(name);
        }
        if let Some(target) = record.target() {
            changed.set_target(target.clone());
        }
        if let Some(time) = record.timestamp() {
            changed.set_timestamp(time);
        }
        if let Some(time) = record.observed_timestamp() {
            changed.set_observed_timestamp(time);
        }
        if let Some(cx) = record.trace_context() {
            changed.set_trace_context(cx.trace_id, cx.span_id, cx.trace_flags);
        }
        if let Some(text) = record.severity_text() {
            changed.set_severity_text(text);
        }
        if let Some(number) = record.severity_number() {
            changed.set_severity_number(number);
        }
        if let Some(body) = body {
            changed.set_body(body);
        }
        for (key, value) in record.attributes_iter() {
            let mut value = value.clone();
            if keeps(redaction, key.as_str(), &mut value) {
                changed.add_attribute(key.clone(), value);
            }
        }
        Some(changed)
    }
}

/// Changes an attribute, and answers whether it stays.
fn keeps(redaction: &Redaction, key: &str, value: &mut AnyValue) -> bool {
    match redaction.find(key) {
        None if redaction.has_error_text(key) => return error_text(redaction, value),
        None => inside(redaction, value),
        Some(Redact::Keep) => {}
        Some(Redact::Remove) => return false,
        Some(redact) => change(value, &|text| redaction.replaced(redact, key, text)),
    }
    true
}

/// Looks at what maps have inside as at attributes.
fn inside(redaction: &Redaction, value: &mut AnyValue) {
    match value {
        AnyValue::ListAny(values) => values.iter_mut().for_each(|value| inside(redaction, value)),
        AnyValue::Map(map) => map.retain(|key, value| keeps(redaction, key.as_str(), value)),
        _ => {}
    }
}

/// Changes the text of an error, or all texts of a value, and answers whether it stays. `error = true` is no text.
fn error_text(redaction: &Redaction, value: &mut AnyValue) -> bool {
    match value {
        AnyValue::String(text) => match redaction.shown(text.as_str()) {
            Shown::AsItIs => {}
            Shown::Text(text) => *value = AnyValue::String(text.into_owned().into()),
            Shown::Nothing => return false,
        },
        AnyValue::ListAny(values) => values.retain_mut(|value| error_text(redaction, value)),
        AnyValue::Map(map) => map.retain(|_, value| error_text(redaction, value)),
        _ => {}
    }
    true
}

/// Puts other texts in the place of a value, or of each of its values.
fn change(value: &mut AnyValue, to: &dyn Fn(&str) -> StringValue) {
    let text = match value {
        AnyValue::ListAny(values) => return values.iter_mut().for_each(|value| change(value, to)),
        AnyValue::Map(map) => return map.values_mut().for_each(|value| change(value, to)),
        AnyValue::String(text) => to(text.as_str()),
        AnyValue::Int(number) => to(&number.to_string()),
        AnyValue::Double(number) => to(&number.to_string()),
        AnyValue::Boolean(is_so) => to(&is_so.to_string()),
        AnyValue::Bytes(bytes) => to(&String::from_utf8_lossy(bytes)),
        // The SDK may have other kinds one day: nothing of them is shown.
        _ => to(""),
    };
    *value = AnyValue::String(text);
}

impl<P: LogProcessor> LogProcessor for RedactingLogProcessor<P> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        match self.redacted(record) {
            Some(mut changed) => self.inner.emit(&mut changed, scope),
            None => self.inner.emit(record, scope),
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.inner.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
