use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::{global, otel_warn};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use tracehop::{MessagePropagator, MessagingTracer};
use tracing_core::Dispatch;

use super::text_map::TextMap;
use crate::shared::Shared;
use crate::{InitError, Logs, Metrics, Traces};

/// The telemetry of a service, set up: traces, metrics and logs, with one resource, and a log on this machine.
///
/// [`TelemetryBuilder`](crate::TelemetryBuilder) says what it is made of, and which variables are read; [`init`](crate::init) makes
/// it in one call. Keep it until the process ends.
///
/// # What goes where
///
/// | What | Becomes |
/// |---|---|
/// | A message that a client wrapped with [`messaging_tracer`](Self::messaging_tracer) sends, receives, processes or settles | Spans and [metrics](tracehop::MessagingMetrics) |
/// | A span of `tracing` | A span of the same trace |
/// | An event of `tracing`, or a record of the crate `log` | A line on this machine, a record that is exported, and an event of the span that it is in: of `tracing`, or of the handling of a message |
///
/// Lines and records have the identifiers of the span that they were logged in. What exporters log is written here, but not
/// exported.
///
/// # When it is dropped
///
/// What is left is exported, also while a panic unwinds. That takes as long as the
/// [deadline](crate::TelemetryBuilder::shutdown_deadline) says and no longer, whatever the endpoint does, in which it blocks the
/// thread; it needs no runtime, and works inside of any. If not all of it arrives, one line says how many spans, log records and data
/// points were lost since the start (`Telemetry.Shutdown.Incomplete`, with the feature `internal-logs`). A process that ends by [`std::process::exit`] drops nothing.
///
/// # An endpoint that is away
///
/// One warning says so, for all signals that go there, when the first attempt has failed, and one line that it is over. The service
/// goes on; what is lost is counted: [`Traces::drops`], [`Metrics::counters`], [`Logs::counters`].
#[must_use = "telemetry that is dropped is shut down"]
pub struct Telemetry {
    parts: Arc<Parts>,
    propagator: MessagePropagator,
    dispatch: Dispatch,
    deadline: Duration,
    is_shut_down: AtomicBool,
}

/// What is shut down.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) traces: Traces,
    pub(super) metrics: Metrics,
    pub(super) logs: Logs,
    pub(super) shared: Shared,
}

/// What has not arrived where it was to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Missing {
    spans: u64,
    log_records: u64,
    data_points: u64,
}

impl Parts {
    /// What was lost up to now.
    fn lost(&self) -> Missing {
        #[cfg(feature = "otlp")]
        let (log_records, data_points) = (self.logs.counters().lost(), self.metrics.counters().lost());
        #[cfg(not(feature = "otlp"))]
        let (log_records, data_points) = (0, 0);
        Missing { spans: self.traces.drops().total(), log_records, data_points }
    }

    /// What was lost, if nothing arrives any more.
    fn missing(&self) -> Missing {
        Missing {
            spans: self.traces.drops().total(),
            log_records: self.logs.undelivered(),
            data_points: self.metrics.undelivered(),
        }
    }
}

/// Of the time for a shutdown, what is left for telling how it went. It is no more than a tenth.
const TO_TELL: Duration = Duration::from_millis(100);

/// Shuts one of them down within a time.
type ShutDown = fn(&Parts, Duration) -> OTelSdkResult;

impl Telemetry {
    pub(super) fn new(
        parts: Parts,
        propagator: MessagePropagator,
        dispatch: Dispatch,
        deadline: Duration,
    ) -> Self {
        Self { parts: Arc::new(parts), propagator, dispatch, deadline, is_shut_down: AtomicBool::new(false) }
    }

    /// tracehop's tracer, which records metrics too. It is the same each time. Its settings are those of
    /// [`TelemetryBuilder::messaging`](crate::TelemetryBuilder::messaging).
    pub fn messaging_tracer(&self) -> MessagingTracer {
        self.parts.traces.messaging_tracer()
    }

    /// The traces.
    pub fn traces(&self) -> &Traces {
        &self.parts.traces
    }

    /// The metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.parts.metrics
    }

    /// The exported logs.
    pub fn logs(&self) -> &Logs {
        &self.parts.logs
    }

    /// What reads and writes the context of messages.
    pub fn propagator(&self) -> &MessagePropagator {
        &self.propagator
    }

    /// The same for other calls: `OTEL_PROPAGATORS` counts for both.
    pub fn text_map_propagator(&self) -> impl TextMapPropagator + Send + Sync + 'static {
        TextMap::new(self.propagator.clone())
    }

    /// The subscriber for `tracing`: what [`install`](Self::install) lets be the process's.
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Whether `OTEL_SDK_DISABLED` is set, so that there is the log on this machine and nothing else.
    pub fn is_disabled(&self) -> bool {
        self.parts.traces.is_disabled()
    }

    /// Lets all of this be the process's: the subscriber of `tracing`, which gets records of the crate `log` too, and OpenTelemetry's
    /// global providers of tracers and meters and its global propagator.
    ///
    /// # Errors
    ///
    /// `subscriber`: the process has one already. Nothing is changed then.
    pub fn install(&self) -> Result<(), InitError> {
        tracing_core::dispatcher::set_global_default(self.dispatch.clone())
            .map_err(|_| InitError::new("subscriber", "the process has one for tracing already"))?;
        // Whoever has set another logger for `log` wants to have it.
        let _others = tracing_log::LogTracer::init();
        self.parts.traces.set_global();
        self.parts.metrics.set_global();
        global::set_text_map_propagator(self.text_map_propagator());
        Ok(())
    }

    /// Exports what is left within the [deadline](crate::TelemetryBuilder::shutdown_deadline), and takes nothing more.
    ///
    /// # Errors
    ///
    /// As for [`shutdown_within`](Self::shutdown_within).
    pub fn shutdown(&self) -> OTelSdkResult {
        self.shutdown_within(self.deadline)
    }

    /// Exports what is left, all signals at once, and takes nothing more. It returns when the time is up, whatever the endpoint does.
    /// It blocks the thread: in an async program call it in `spawn_blocking`. Let the clients end first.
    ///
    /// # Errors
    ///
    /// - [`AlreadyShutdown`](OTelSdkError::AlreadyShutdown) after a shutdown
    /// - [`InternalFailure`](OTelSdkError::InternalFailure), which says of each signal what went wrong
    pub fn shutdown_within(&self, time: Duration) -> OTelSdkResult {
        if self.is_shut_down.swap(true, Ordering::Relaxed) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        self.parts.shared.end();
        let before = self.parts.lost();
        let end = Instant::now().checked_add(time);
        let time_of_each = time.saturating_sub(TO_TELL.min(time / 10));
        let left = || end.map_or(time, |end| end.saturating_duration_since(Instant::now()));
        let signals: [(&'static str, ShutDown); 3] = [
            ("traces", |parts, time| parts.traces.shutdown_with_timeout(time)),
            ("metrics", |parts, time| parts.metrics.shutdown_with_timeout(time)),
            ("logs", |parts, time| parts.logs.shutdown_with_timeout(time)),
        ];
        let (sender, receiver) = channel();
        for (signal, shut_down) in signals {
            let (parts, sender) = (Arc::clone(&self.parts), sender.clone());
            let thread = thread::Builder::new().name("tracehop-shutdown".into());
            let _detached = thread.spawn(move || {
                let _waited_for = sender.send((signal, shut_down(&parts, time_of_each)));
            });
        }
        drop(sender);
        let mut missing: Vec<&str> = signals.iter().map(|(signal, _)| *signal).collect();
        let mut failures = Vec::new();
        while let Ok((signal, result)) = receiver.recv_timeout(left()) {
            missing.retain(|missing| *missing != signal);
            failures.extend(result.err().map(|error| format!("{signal}: {error}")));
        }
        failures.extend(missing.iter().map(|signal| format!("{signal}: the time was up")));
        let missing = self.parts.missing();
        // Whichever was the first.
        failures.sort();
        let reasons = failures.join("; ");
        if !failures.is_empty() || missing != before {
            self.tell(missing, &reasons);
        }
        if failures.is_empty() { Ok(()) } else { Err(OTelSdkError::InternalFailure(reasons)) }
    }

    /// Tells how a shutdown went that was none as it should be, on this thread, so that it is told before anything else ends.
    fn tell(&self, missing: Missing, reasons: &str) {
        let tell = || {
            // An endpoint that takes connections and does not answer may not be told of yet.
            self.parts.shared.tell_unanswered();
            otel_warn!(
                name: "Telemetry.Shutdown.Incomplete",
                spans = missing.spans,
                log_records = missing.log_records,
                data_points = missing.data_points,
                reasons = reasons,
                message = "Not all telemetry arrived. So many were lost since the start."
            );
        };
        // A writer of the user's that panics must not end a process in which a panic unwinds already.
        let _panicked =
            catch_unwind(AssertUnwindSafe(|| tracing_core::dispatcher::with_default(&self.dispatch, tell)));
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // What was lost is counted and told, and that it was shut down before is what is hoped for.
        let _reported = self.shutdown();
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("parts", &self.parts)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
