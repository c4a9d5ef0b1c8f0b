//! Attributes and error texts that are changed before they are exported.
//!
//! The `builder` makes a `redaction`: `rules` find a `redact` for each key, a `pseudonym_key` makes pseudonyms, `error_texts`
//! are taken out or changed. `redacting_span_processor` applies it to each span on its way to another processor, and
//! `redacting_log_processor` to each log record.

mod builder;
mod error_texts;
mod pseudonym_key;
mod redact;
#[cfg(feature = "logs")]
mod redacting_log_processor;
mod redacting_span_processor;
mod redaction;
mod redaction_error;
mod rules;

pub use builder::RedactionBuilder;
pub use pseudonym_key::PseudonymKey;
pub use redact::Redact;
#[cfg(feature = "logs")]
pub use redacting_log_processor::RedactingLogProcessor;
pub use redacting_span_processor::RedactingSpanProcessor;
pub use redaction::Redaction;
pub use redaction_error::RedactionError;
