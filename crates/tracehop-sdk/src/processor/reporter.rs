//! Tells of lost spans.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError, TryLockError};

use opentelemetry::{otel_error, otel_warn};

use super::drop_reason::DropReason;
use super::drop_report::DropReport;
use super::drops::Drops;
use super::failure::Failure;
use crate::panic_text::panic_text;

pub(super) type DropHook = Box<dyn Fn(&DropReport) + Send + Sync>;

/// Counts lost spans, and tells OpenTelemetry's internal log and the user's hook of them.
pub(super) struct Reporter {
    drops: Drops,
    hook: Option<DropHook>,
    /// Held while a report is made: one at a time.
    reporting: Mutex<()>,
    last_failure: Mutex<Option<String>>,
}

impl Reporter {
    pub(super) fn new(hook: Option<DropHook>) -> Self {
        Self { drops: Drops::new(), hook, reporting: Mutex::new(()), last_failure: Mutex::new(None) }
    }

    pub(super) fn drops(&self) -> &Drops {
        &self.drops
    }

    /// Counts one span that a thread could not leave here. The first one since the last report is told of at once, since a
    /// worker whose exporter does not return reports nothing.
    pub(super) fn refused(&self, reason: DropReason) {
        if !self.drops.add(reason, 1) {
            return;
        }
        if reason == DropReason::AfterShutdown {
            otel_warn!(
                name: "ChunkSpanProcessor.OnEnd.AfterShutdown",
                message = "A span ended after its processor was shut down. It, and those that follow it, are not exported. Shut the tracer provider down after what makes spans."
            );
        } else {
            otel_warn!(
                name: "ChunkSpanProcessor.SpanDroppingStarted",
                message = "A span was dropped because the queue is full. How many were is reported once per interval. Is the collector there? If it is, a larger OTEL_BSP_MAX_QUEUE_SIZE may help."
            );
        }
    }

    /// Counts spans that the exporter had, or would have had.
    pub(super) fn lost(&self, failure: &Failure, spans: usize) {
        self.drops.add(failure.reason(), spans);
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure.to_string());
    }

    /// Tells what was lost since the last report, if anything was. Does nothing if a report is being made: then a hook may be
    /// waiting, and whoever shuts down must not wait for it.
    pub(super) fn report(&self) {
        let _reporting = match self.reporting.try_lock() {
            Ok(guard) => guard,
            Err(TryLockError::Poisoned(guard)) => guard.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let Some(report) = self.drops.unreported() else { return };
        let error = self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        otel_warn!(
            name: "ChunkSpanProcessor.SpansDropped",
            queue_full = report.count(DropReason::QueueFull),
            export_failed = report.count(DropReason::ExportFailed),
            export_timed_out = report.count(DropReason::ExportTimedOut),
            exporter_panicked = report.count(DropReason::ExporterPanicked),
            shutdown_timed_out = report.count(DropReason::ShutdownTimedOut),
            already_shutdown = report.count(DropReason::AfterShutdown),
            last_error = error.as_deref().unwrap_or("none"),
            message = "Spans were dropped since the last report."
        );
        if let Some(hook) = &self.hook
            && let Err(payload) = catch_unwind(AssertUnwindSafe(|| hook(&report)))
        {
            otel_error!(name: "ChunkSpanProcessor.HookPanicked", error = panic_text(&*payload));
        }
    }
}
