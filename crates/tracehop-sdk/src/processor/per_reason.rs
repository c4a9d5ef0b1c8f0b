//! One value for each reason.

use super::drop_reason::DropReason;

/// One value for each [`DropReason`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PerReason<T> {
    queue_full: T,
    export_failed: T,
    export_timed_out: T,
    exporter_panicked: T,
    shutdown_timed_out: T,
    after_shutdown: T,
}

impl<T> PerReason<T> {
    /// Asks `value` for the value of each reason.
    pub(super) fn from_fn(mut value: impl FnMut(DropReason) -> T) -> Self {
        Self {
            queue_full: value(DropReason::QueueFull),
            export_failed: value(DropReason::ExportFailed),
            export_timed_out: value(DropReason::ExportTimedOut),
            exporter_panicked: value(DropReason::ExporterPanicked),
            shutdown_timed_out: value(DropReason::ShutdownTimedOut),
            after_shutdown: value(DropReason::AfterShutdown),
        }
    }

    pub(super) fn of(&self, reason: DropReason) -> &T {
        match reason {
            DropReason::QueueFull => &self.queue_full,
            DropReason::ExportFailed => &self.export_failed,
            DropReason::ExportTimedOut => &self.export_timed_out,
            DropReason::ExporterPanicked => &self.exporter_panicked,
            DropReason::ShutdownTimedOut => &self.shutdown_timed_out,
            DropReason::AfterShutdown => &self.after_shutdown,
        }
    }
}
