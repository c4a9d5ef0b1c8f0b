//! Why a span was not exported.

use std::fmt;

/// Why a [`ChunkSpanProcessor`](crate::ChunkSpanProcessor) lost a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// When it ended, as many spans waited as the processor holds.
    QueueFull,
    /// The exporter returned an error for the batch that it was in.
    ExportFailed,
    /// The export took longer than it may and was given up, or the exporter itself said that its time was up.
    ExportTimedOut,
    /// The exporter panicked over the batch that it was in.
    ExporterPanicked,
    /// It still waited, or was with the exporter, when the time for a shutdown was up. What was with the exporter may have
    /// arrived all the same.
    ShutdownTimedOut,
    /// It ended after the processor was shut down.
    ///
    /// A provider that is shut down drops spans itself, and hands none of them to its processors. So this counts those that end
    /// while the provider is shutting down, and those of a processor that was shut down by itself.
    AfterShutdown,
}

impl DropReason {
    /// All reasons.
    pub const ALL: &'static [Self] = &[
        Self::QueueFull,
        Self::ExportFailed,
        Self::ExportTimedOut,
        Self::ExporterPanicked,
        Self::ShutdownTimedOut,
        Self::AfterShutdown,
    ];

    /// The reason as one word, for the attribute of a metric. `queue_full` and `already_shutdown` are the words of the semantic
    /// conventions for `otel.sdk.processor.span.processed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::ExportFailed => "export_failed",
            Self::ExportTimedOut => "export_timed_out",
            Self::ExporterPanicked => "exporter_panicked",
            Self::ShutdownTimedOut => "shutdown_timed_out",
            Self::AfterShutdown => "already_shutdown",
        }
    }
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
