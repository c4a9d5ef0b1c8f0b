use std::fmt;

/// Why no [`Traces`](crate::Traces) could be made.
///
/// It names the setting, or the environment variable, and never a value that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracesError {
    setting: String,
    /// Names the setting too.
    text: String,
}

impl TracesError {
    pub(super) fn new(setting: &str, reason: impl fmt::Display) -> Self {
        Self { setting: setting.to_owned(), text: format!("{setting}: {reason}") }
    }

    /// The setting or the variable that is at fault, for example `sampler` or `OTEL_EXPORTER_OTLP_PROTOCOL`.
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for TracesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for TracesError {}

#[cfg(feature = "otlp")]
#[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
impl From<crate::OtlpConfigError> for TracesError {
    fn from(error: crate::OtlpConfigError) -> Self {
        Self { setting: error.setting().to_owned(), text: error.to_string() }
    }
}

impl From<crate::SamplerError> for TracesError {
    fn from(error: crate::SamplerError) -> Self {
        Self::new(error.setting(), error.reason())
    }
}
