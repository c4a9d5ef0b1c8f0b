//! What went wrong when spans were exported.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

use super::drop_reason::DropReason;
#[cfg(feature = "otlp")]
use crate::otlp::LossReason;
use crate::panic_text::panic_text;

/// What went wrong with an exporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It returned an error.
    Failed(String),
    /// The exporter says so, of its own limit.
    #[cfg(feature = "otlp")]
    ExporterTimedOut(String),
    /// It took longer than this.
    TimedOut(Duration),
    /// It panicked.
    Panicked(String),
    /// There was no time left before the end of a shutdown.
    CutShort,
}

impl Failure {
    pub(super) fn panicked(payload: &(dyn Any + Send)) -> Self {
        Self::Panicked(panic_text(payload).to_owned())
    }

    /// What an exporter's result says.
    pub(super) fn check(result: OTelSdkResult) -> Result<(), Self> {
        result.map_err(Self::of)
    }

    /// What an [`OtlpExporter`](crate::OtlpExporter) lost.
    #[cfg(feature = "otlp")]
    pub(super) fn of_loss(reason: LossReason, error: OTelSdkError) -> Self {
        match (reason, Self::of(error)) {
            (LossReason::TimedOut, Self::Failed(text)) => Self::ExporterTimedOut(text),
            (LossReason::Panicked, Self::Failed(text)) => Self::Panicked(text),
            (_, failure) => failure,
        }
    }

    pub(super) fn of(error: OTelSdkError) -> Self {
        match error {
            OTelSdkError::Timeout(time) => Self::TimedOut(time),
            OTelSdkError::InternalFailure(text) => Self::Failed(text),
            error @ OTelSdkError::AlreadyShutdown => Self::Failed(error.to_string()),
        }
    }

    pub(super) fn reason(&self) -> DropReason {
        match self {
            Self::Failed(_) => DropReason::ExportFailed,
            Self::TimedOut(_) => DropReason::ExportTimedOut,
            #[cfg(feature = "otlp")]
            Self::ExporterTimedOut(_) => DropReason::ExportTimedOut,
            Self::Panicked(_) => DropReason::ExporterPanicked,
            Self::CutShort => DropReason::ShutdownTimedOut,
        }
    }

    /// For the caller of a flush or a shutdown that was to take no longer than `allowed`.
    pub(super) fn into_error(self, allowed: Duration) -> OTelSdkError {
        match self {
            Self::TimedOut(time) => OTelSdkError::Timeout(time),
            Self::CutShort => OTelSdkError::Timeout(allowed),
            Self::Failed(text) => OTelSdkError::InternalFailure(text),
            #[cfg(feature = "otlp")]
            Self::ExporterTimedOut(text) => OTelSdkError::InternalFailure(text),
            Self::Panicked(_) => OTelSdkError::InternalFailure(self.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(text) => f.write_str(text),
            #[cfg(feature = "otlp")]
            Self::ExporterTimedOut(text) => f.write_str(text),
            Self::TimedOut(time) => write!(f, "the export took longer than {time:?}"),
            Self::Panicked(text) => write!(f, "the exporter panicked: {text}"),
            Self::CutShort => f.write_str("the time for the shutdown was up"),
        }
    }
}
