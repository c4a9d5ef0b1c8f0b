use std::fmt;

/// Why a sampler could not be made. It names the setting, or the rule by its number and its conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamplerError {
    setting: String,
    reason: String,
}

impl SamplerError {
    pub(super) fn new(setting: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self { setting: setting.into(), reason: reason.to_string() }
    }

    /// The setting that is at fault, for example `default_ratio` or `rule 2 (destination "audit.*")`.
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// What is wrong with it.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for SamplerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.setting, self.reason)
    }
}

impl std::error::Error for SamplerError {}
