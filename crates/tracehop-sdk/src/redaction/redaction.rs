use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::trace::{Event, Status};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::error_texts::{ErrorTexts, Shown};
use super::pseudonym_key::PseudonymKey;
use super::redact::Redact;
use super::rules::Rules;

/// What is taken out of spans and log records before they are exported: values of chosen attributes, and the texts of errors.
///
/// It looks at the attributes of spans, of their events and of their links, at the description of their status, and at the
/// attributes of log records. What is logged as an error - the body of a record at the level ERROR, and the name of an event whose
/// attribute `level` is `ERROR`, as `tracing-opentelemetry` makes them - is the text of an error. It leaves other names and bodies,
/// metrics, the resource and the scope alone. Clones share their count.
///
/// ```
/// use tracehop_sdk::{JourneyExporter, PseudonymKey, Redact, Redaction, Traces};
///
/// let redaction = Redaction::builder()
///     .rule("messaging.kafka.message.key", Redact::Pseudonym)
///     .rule("enduser.*", Redact::Remove)
///     .rule("payment.card", Redact::KeepLast(4))
///     .pseudonym_key(PseudonymKey::new(b"32 random bytes from a secret...")?)
///     .scrub_error_texts(|text| text.contains('@').then(|| "an error about somebody".to_owned()))
///     .build()?;
///
/// // What stands for a value, to search for it.
/// let shown = redaction.pseudonym("messaging.kafka.message.key", "ada@example.com");
/// assert_eq!(shown.as_deref(), Some("5736e65f99d2cbb0b27a67313741a3a0"));
///
/// let exporter = JourneyExporter::new();
/// let traces = Traces::builder("orders").redaction(redaction.clone()).exporter(exporter).build()?;
/// assert_eq!(redaction.scrub_panics(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Redaction(Arc<Inner>);

struct Inner {
    rules: Rules,
    key: Option<PseudonymKey>,
    is_separate: bool,
    error_texts: ErrorTexts,
    panics: AtomicU64,
}

impl Redaction {
    pub(super) fn new(
        rules: Rules,
        key: Option<PseudonymKey>,
        is_separate: bool,
        error_texts: ErrorTexts,
    ) -> Self {
        Self(Arc::new(Inner { rules, key, is_separate, error_texts, panics: AtomicU64::new(0) }))
    }

    /// What stands for this value where a rule makes a pseudonym of the attribute: 32 hexadecimal digits. `None` if there is no
    /// key. Of a number or an array it is the pseudonym of the text, or of each.
    pub fn pseudonym(&self, key: &str, value: &str) -> Option<String> {
        let domain = self.0.is_separate.then_some(key);
        self.0.key.as_ref().map(|secret| secret.pseudonym(domain, value))
    }

    /// How many texts of errors were taken away because the function that looks at them panicked.
    pub fn scrub_panics(&self) -> u64 {
        self.0.panics.load(Ordering::Relaxed)
    }

    /// Takes out of a span what is to be taken out. For exporters and processors of your own: [`Traces`](crate::Traces) and
    /// [`RedactingSpanProcessor`](crate::RedactingSpanProcessor) do so by themselves.
    pub fn apply(&self, span: &mut SpanData) {
        self.attributes(&mut span.attributes);
        for event in &mut span.events.events {
            if self.has_error_texts() && is_logged_as_error(event) {
                match self.shown(&event.name) {
                    Shown::AsItIs => {}
                    Shown::Text(text) => event.name = text,
                    // An event has a name.
                    Shown::Nothing => event.name = "error".into(),
                }
            }
            self.attributes(&mut event.attributes);
        }
        for link in &mut span.links.links {
            self.attributes(&mut link.attributes);
        }
        if let Status::Error { description } = &mut span.status {
            match self.shown(description) {
                Shown::AsItIs => {}
                Shown::Text(text) => *description = text,
                Shown::Nothing => *description = "".into(),
            }
        }
    }

    fn attributes(&self, attributes: &mut Vec<KeyValue>) {
        attributes.retain_mut(|attribute| self.keeps(attribute));
    }

    /// Changes an attribute, and answers whether it stays.
    fn keeps(&self, attribute: &mut KeyValue) -> bool {
        let KeyValue { key, value, .. } = attribute;
        let key = key.as_str();
        match self.find(key) {
            None if self.has_error_text(key) => return self.error_text(value),
            None | Some(Redact::Keep) => {}
            Some(Redact::Remove) => return false,
            Some(redact) => change(value, |text| self.replaced(redact, key, text)),
        }
        true
    }

    /// The rule that is about a key.
    pub(super) fn find(&self, key: &str) -> Option<&Redact> {
        self.0.rules.find(key)
    }

    /// Whether an attribute has the text of an error, and something is said of those.
    pub(super) fn has_error_text(&self, key: &str) -> bool {
        self.has_error_texts() && ErrorTexts::are_in(key)
    }

    /// Whether something is said of the texts of errors.
    pub(super) fn has_error_texts(&self) -> bool {
        !self.0.error_texts.keep_all()
    }

    /// What of the text of an error is shown.
    pub(super) fn shown(&self, text: &str) -> Shown<'static> {
        self.0.error_texts.shown(text, &self.0.panics)
    }

    /// What takes a value's place.
    pub(super) fn replaced(&self, redact: &Redact, key: &str, text: &str) -> StringValue {
        match redact {
            Redact::Keep => text.to_owned().into(),
            Redact::Remove => "".into(),
            Redact::Replace(text) => text.clone().into(),
            Redact::KeepLast(characters) => last(text, *characters).into(),
            // There is a key, or the redaction would not have been built.
            Redact::Pseudonym => self.pseudonym(key, text).unwrap_or_default().into(),
        }
    }

    /// Changes a text of an error, and answers whether it stays. A list of them has to stay in full. `error = true` is no text.
    fn error_text(&self, value: &mut Value) -> bool {
        let mut stays = true;
        if !matches!(value, Value::String(_) | Value::Array(Array::String(_))) {
            return stays;
        }
        change(value, |text| match self.shown(text) {
            Shown::AsItIs => text.to_owned().into(),
            Shown::Text(text) => text.into_owned().into(),
            Shown::Nothing => {
                stays = false;
                StringValue::from("")
            }
        });
        stays
    }
}

/// Whether an event is what was logged at the level ERROR, so that its name is the message. That of an exception is a word.
fn is_logged_as_error(event: &Event) -> bool {
    event.name != "exception"
        && event.attributes.iter().any(|attribute| {
            attribute.key.as_str() == "level"
                && matches!(&attribute.value, Value::String(level) if level.as_str() == "ERROR")
        })
}

/// Puts other texts in the place of a value, or of each of its values.
fn change(value: &mut Value, mut to: impl FnMut(&str) -> StringValue) {
    *value = match value {
        Value::Array(Array::String(texts)) => each(texts, to),
        Value::Array(Array::Bool(values)) => each(values, to),
        Value::Array(Array::I64(values)) => each(values, to),
        Value::Array(Array::F64(values)) => each(values, to),
        _ => Value::String(to(&value.as_str())),
    };
}

fn each(values: &[impl fmt::Display], mut to: impl FnMut(&str) -> StringValue) -> Value {
    Value::Array(Array::String(values.iter().map(|value| to(&value.to_string())).collect()))
}

/// Three asterisks, and the last characters of a text that is long enough to hide some.
fn last(text: &str, characters: usize) -> String {
    let hidden = "***";
    let is_long = text.chars().nth(characters.saturating_mul(2)).is_some();
    let shown = text.char_indices().rev().nth(characters.saturating_sub(1)).map_or(0, |(index, _)| index);
    match text.get(shown..) {
        Some(shown) if is_long && characters > 0 => format!("{hidden}{shown}"),
        _ => hidden.to_owned(),
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("rules", &self.0.rules)
            .field("has_key", &self.0.key.is_some())
            .field("error_texts", &self.0.error_texts)
            .field("scrub_panics", &self.scrub_panics())
            .finish_non_exhaustive()
    }
}
