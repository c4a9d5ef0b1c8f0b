use std::fmt;

/// Why telemetry, or a part of it, could not be set up.
///
/// It names the setting, or the environment variable, and never a value that may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitError {
    setting: String,
    /// Names the setting too.
    text: String,
}

impl InitError {
    #[cfg(any(feature = "init", not(any(feature = "otlp-http", feature = "otlp-grpc"))))]
    pub(crate) fn new(setting: &str, reason: impl fmt::Display) -> Self {
        Self { setting: setting.to_owned(), text: format!("{setting}: {reason}") }
    }

    /// The setting or the variable that is at fault, for example `exporter` or `OTEL_PROPAGATORS`.
    pub fn setting(&self) -> &str {
        &self.setting
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for InitError {}

#[cfg(feature = "otlp")]
#[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
impl From<crate::OtlpConfigError> for InitError {
    fn from(error: crate::OtlpConfigError) -> Self {
        Self { setting: error.setting().to_owned(), text: error.to_string() }
    }
}

impl From<crate::TracesError> for InitError {
    fn from(error: crate::TracesError) -> Self {
        Self { setting: error.setting().to_owned(), text: error.to_string() }
    }
}
