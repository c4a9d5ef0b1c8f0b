use std::fmt;

/// Why a redaction, or a key for pseudonyms, could not be made. It names the setting, and never a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedactionError {
    setting: String,
    reason: &'static str,
}

impl RedactionError {
    pub(super) fn new(setting: impl Into<String>, reason: &'static str) -> Self {
        Self { setting: setting.into(), reason }
    }

    /// The setting that is at fault, for example `pseudonym_key`, or `rule 2 ("enduser.*")`.
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for RedactionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.reason)
    }
}

impl std::error::Error for RedactionError {}
