use std::fmt;

/// What an exporter was told and cannot do.
///
/// It names the setting, or the environment variable, and never a value that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtlpConfigError {
    setting: &'static str,
    reason: String,
}

impl OtlpConfigError {
    pub(super) fn new(setting: &'static str, reason: impl Into<String>) -> Self {
        Self { setting, reason: reason.into() }
    }

    /// The setting or the variable that is at fault, as `endpoint` or `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub fn setting(&self) -> &str {
        self.setting
    }
}

impl fmt::Display for OtlpConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.reason)
    }
}

impl std::error::Error for OtlpConfigError {}
