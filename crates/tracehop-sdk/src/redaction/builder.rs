use std::sync::Arc;

use super::error_texts::ErrorTexts;
use super::pseudonym_key::PseudonymKey;
use super::redact::Redact;
use super::redaction::Redaction;
use super::redaction_error::RedactionError;
use super::rules::Rules;
use crate::wildcard::Wildcard;

/// Configures a [`Redaction`]. Without a setting it changes nothing.
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct RedactionBuilder {
    rules: Vec<(Wildcard, Redact)>,
    key: Option<PseudonymKey>,
    is_separate: bool,
    error_texts: ErrorTexts,
}

impl Redaction {
    /// Settings of a redaction.
    pub fn builder() -> RedactionBuilder {
        RedactionBuilder::default()
    }
}

impl RedactionBuilder {
    /// Says what becomes of attributes whose key is like a pattern, in which `*` stands for any characters. Letter case counts.
    /// The first rule that is about a key counts.
    pub fn rule(mut self, keys: impl Into<String>, redact: Redact) -> Self {
        self.rules.push((Wildcard::new(keys), redact));
        self
    }

    /// The key with which pseudonyms are made. It is needed where a rule has [`Redact::Pseudonym`].
    pub fn pseudonym_key(mut self, key: PseudonymKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Whether a value has another pseudonym under each key of an attribute, so that nobody sees that `enduser.id` of one span is
    /// `order.owner` of another. Default: no, it is the same everywhere.
    pub fn separate_pseudonyms(mut self, enabled: bool) -> Self {
        self.is_separate = enabled;
        self
    }

    /// Takes the texts of errors away: the description of a span's status; the texts in the attributes `exception.message`,
    /// `exception.stacktrace`, `error.message` and `tracehop.reason`, and in `error`, `error.chain`, `err` and `err.chain`, as events of
    /// `tracing` have them; the body of a log record at the level ERROR or above; and the name of a span's event that was logged at
    /// that level, which is `error` then. The status, the event, the record and `error.type` stay.
    ///
    /// A message such as `error!("no card of {user}")` and its parts cannot be told apart, so all of it is taken away. To keep what is
    /// harmless use [`scrub_error_texts`](Self::scrub_error_texts).
    ///
    /// A [`rule`](Self::rule) about one of the attributes counts in its place. The last one of this and
    /// [`scrub_error_texts`](Self::scrub_error_texts) counts.
    pub fn drop_error_texts(mut self) -> Self {
        self.error_texts = ErrorTexts::Drop;
        self
    }

    /// Shows those texts to a function, which returns what takes a text's place, or `None` if it may stay.
    ///
    /// It is called on the thread that ends the span or logs, so it should be quick. If it panics, the text is taken away, which is
    /// [counted](Redaction::scrub_panics).
    pub fn scrub_error_texts(
        mut self,
        scrub: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.error_texts = ErrorTexts::Scrub(Arc::new(scrub));
        self
    }

    /// The redaction.
    ///
    /// # Errors
    ///
    /// - A rule makes pseudonyms, and there is no key
    /// - A rule has an empty pattern, which is about no attribute
    pub fn build(self) -> Result<Redaction, RedactionError> {
        for (index, (keys, redact)) in self.rules.iter().enumerate() {
            let wrong =
                |reason| RedactionError::new(format!("rule {} ({:?})", index + 1, keys.as_str()), reason);
            if keys.as_str().is_empty() {
                return Err(wrong("it is about no attribute"));
            }
            if *redact == Redact::Pseudonym && self.key.is_none() {
                return Err(wrong("pseudonyms need a pseudonym_key"));
            }
        }
        Ok(Redaction::new(Rules::new(self.rules), self.key, self.is_separate, self.error_texts))
    }
}
