//! The processor itself.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::Duration;

use opentelemetry::{Context, otel_error};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter, SpanProcessor};

use super::deadline::Deadline;
use super::drops::Drops;
use super::failure::Failure;
use super::hub::Hub;
use super::worker::Worker;

/// How long a processor that is dropped without a shutdown takes for one: as long as the SDK gives a shutdown.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// Hands finished spans to any [`SpanExporter`], from a thread of its own: a batch processor that costs the threads that end
/// spans little, and says what it lost.
///
/// A span that ends waits in a place that its thread shares with few others or none. When 256 spans wait there (or
/// `max_export_batch_size`, if that is less), they are handed over as a whole and exported as one batch. What has waited for one
/// interval, or when half of the queue is full, is collected and exported too. So ending a span takes no channel, no wake-up and
/// no allocation, except once for each chunk.
///
/// If the exporter is an `OtlpExporter` itself, and not within another exporter, a span is encoded where it ends, and its bytes wait
/// in its place, up to 512 spans or a mebibyte of them. All threads together then spend less than half of the time: the span is
/// read while it is in the processor's cache, and freed by the thread that allocated it.
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tracehop_sdk::{ChunkSpanProcessor, JourneyExporter};
///
/// let exporter = JourneyExporter::new();
/// let processor = ChunkSpanProcessor::builder(exporter.clone()).max_queue_size(10_000).build()?;
/// let drops = processor.drops();
/// let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
///
/// provider.tracer("doc").in_span("place order", |_| {});
/// provider.shutdown()?;
///
/// assert_eq!(exporter.len(), 1);
/// assert_eq!(drops.total(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is bounded
///
/// The spans that are held: those that wait, and those of the batch that is being exported, until its export is over. There are
/// at most [`max_queue_size`](crate::ChunkSpanProcessorBuilder::max_queue_size). A span that ends beyond that is dropped and
/// counted; the thread that ended it does not wait. Besides, each thread that ends spans keeps memory for the spans of one chunk.
///
/// # Lost spans
///
/// Each span that was sampled is exported, or counted under one [`DropReason`](crate::DropReason). [`drops`](Self::drops) has the
/// counts. What was lost is reported once per interval, to OpenTelemetry's internal log (`ChunkSpanProcessor.SpansDropped`, with
/// the feature `internal-logs`) and to [`on_drop`](crate::ChunkSpanProcessorBuilder::on_drop). These reports come from the
/// processor's thread, so there are none while an exporter keeps it; that the queue is full is also logged by the first thread
/// that finds it so, and the counts are right at any time.
///
/// # What an exporter may do
///
/// | It | Then |
/// |---|---|
/// | Returns an error | The batch is lost and counted; of an `OtlpExporter` those spans of it that it did not deliver. Retries are the exporter's |
/// | Is not ready, as a future, for [`export_timeout`](crate::ChunkSpanProcessorBuilder::export_timeout) | The future is dropped, the batch counted |
/// | Blocks its thread for longer | It cannot be interrupted. The queue fills up, and what ends meanwhile is dropped and counted. If it returns, its result counts |
/// | Panics | The panic is caught, the batch counted, and the exporter gets the next batch |
/// | Makes spans of its own | They are suppressed, on the processor's thread. Tasks that it spawns elsewhere are not known here |
///
/// The exporter is called on the processor's thread alone, with nothing of an async runtime around it. Exporters that block, and
/// futures that need no runtime, work as they are. For those that need one, such as OTLP over an asynchronous HTTP client or over
/// gRPC, say so with [`around_exporter`](crate::ChunkSpanProcessorBuilder::around_exporter).
///
/// # Flush and shutdown
///
/// [`force_flush`](SpanProcessor::force_flush) exports all spans that ended before it was called, and returns once they are
/// exported or `export_timeout` is over. [`shutdown_with_timeout`](SpanProcessor::shutdown_with_timeout) does so for the last time.
/// Both block the calling thread: in an async program call them in `spawn_blocking`, and never on the only thread of a runtime
/// that the exporter needs, which could not export then.
///
/// A shutdown returns at its deadline, whatever the exporter does. Spans that are left are counted then. If the exporter blocks,
/// the thread that it blocks is left behind: it ends by itself if the exporter ever returns, or with the process.
///
/// A processor that is dropped without a shutdown is shut down, within five seconds.
///
/// # Errors
///
/// Flush and shutdown return
///
/// - [`OTelSdkError::Timeout`] if there was not enough time;
/// - [`OTelSdkError::InternalFailure`] if an export failed meanwhile, with the exporter's text, or if they were called from the
///   thread that exports: such a flush does nothing; such a shutdown takes place once the exporter returns;
/// - [`OTelSdkError::AlreadyShutdown`] after a shutdown.
///
/// # Panics
///
/// Nothing in it panics, and no panic of an exporter or a hook leaves it.
pub struct ChunkSpanProcessor {
    hub: Arc<Hub>,
    worker: Thread,
    /// There until the thread was waited for.
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl ChunkSpanProcessor {
    /// Starts the worker's thread.
    pub(super) fn start<E: SpanExporter + 'static>(hub: Arc<Hub>, worker: Worker<E>) -> io::Result<Self> {
        let thread = thread::Builder::new().name("tracehop-spans".into());
        let handle = thread.spawn(move || worker.run())?;
        Ok(Self { hub, worker: handle.thread().clone(), handle: Mutex::new(Some(handle)) })
    }

    /// The counts of lost spans. The handle outlives the processor.
    pub fn drops(&self) -> Drops {
        self.hub.reporter.drops().clone()
    }

    fn is_this_thread(&self) -> bool {
        thread::current().id() == self.worker.id()
    }

    /// Waits for the thread that has said that it is through, so that none is left behind.
    fn join(&self) {
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(handle) = handle {
            // Its panics were caught.
            let _ended = handle.join();
        }
    }
}

impl SpanProcessor for ChunkSpanProcessor {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        // A span may be recorded for other processors without being sampled.
        if span.span_context.is_sampled() {
            self.hub.keep(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        if self.is_this_thread() {
            return Err(OTelSdkError::InternalFailure(
                "a flush by the exporter would wait for itself".into(),
            ));
        }
        let timeout = self.hub.config.export_timeout;
        let deadline = Deadline::after(timeout);
        let inbox = &self.hub.inbox;
        let Some(ticket) = inbox.ask_for_flush() else { return Err(OTelSdkError::AlreadyShutdown) };
        let result = inbox.wait_for_flush(&ticket, deadline).ok_or(OTelSdkError::Timeout(timeout))?;
        result.map_err(|failure| failure.into_error(timeout))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let deadline = Deadline::after(timeout);
        if !self.hub.inbox.ask_for_shutdown(deadline) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        if self.is_this_thread() {
            let text =
                "a shutdown by the exporter would wait for itself; it follows once the exporter returns";
            return Err(OTelSdkError::InternalFailure(text.into()));
        }
        // A future that is being exported has less time from now on.
        self.worker.unpark();
        if let Some(result) = self.hub.inbox.wait_for_finish(deadline) {
            self.join();
            return result.map_err(|failure| failure.into_error(timeout));
        }
        self.hub.abandon(&Failure::CutShort);
        self.hub.reporter.report();
        otel_error!(
            name: "ChunkSpanProcessor.Shutdown.Timeout",
            message = "The exporter did not return in time for the shutdown. Its thread is left behind."
        );
        Err(OTelSdkError::Timeout(timeout))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.hub.inbox.set_resource(resource.clone());
    }
}

impl Drop for ChunkSpanProcessor {
    fn drop(&mut self) {
        // An error is counted and reported, and `AlreadyShutdown` is what is hoped for.
        let _reported = self.shutdown_with_timeout(DROP_TIMEOUT);
    }
}

impl fmt::Debug for ChunkSpanProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = &self.hub.config;
        f.debug_struct("ChunkSpanProcessor")
            .field("max_queue_size", &config.max_queue_size)
            .field("max_export_batch_size", &config.max_export_batch_size)
            .field("schedule_delay", &config.schedule_delay)
            .field("export_timeout", &config.export_timeout)
            .field("held", &self.hub.held())
            .field("drops", self.hub.reporter.drops())
            .finish_non_exhaustive()
    }
}
