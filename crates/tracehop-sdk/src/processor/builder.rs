//! Configuration of a [`ChunkSpanProcessor`].

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::trace::SpanExporter;

use super::chunk_span_processor::ChunkSpanProcessor;
use super::config::{Config, Settings};
use super::drop_report::DropReport;
use super::guarded_exporter::{Around, GuardedExporter};
use super::hub::Hub;
use super::reporter::{DropHook, Reporter};
use super::worker::Worker;

/// Configures a [`ChunkSpanProcessor`]. Only the exporter is required.
///
/// What is not set here is read from the variables of the specification. They are read when the processor is built:
///
/// | Setting | Variable | Default |
/// |---|---|---|
/// | [`max_queue_size`](Self::max_queue_size) | `OTEL_BSP_MAX_QUEUE_SIZE` | 2,048 spans |
/// | [`max_export_batch_size`](Self::max_export_batch_size) | `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` | 512 spans |
/// | [`schedule_delay`](Self::schedule_delay) | `OTEL_BSP_SCHEDULE_DELAY` | 5,000 milliseconds |
/// | [`export_timeout`](Self::export_timeout) | `OTEL_BSP_EXPORT_TIMEOUT` | 30,000 milliseconds |
///
/// A variable that is no whole number above zero is ignored, and so is a zero set here: a warning in OpenTelemetry's internal
/// log says so (`ChunkSpanProcessor.SettingIgnored`). An empty variable is as unset. A batch that is larger than the queue is
/// made as large as the queue.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::time::Duration;
/// use tracehop_sdk::{ChunkSpanProcessor, JourneyExporter};
///
/// // Stands for the counter of your metrics.
/// let lost = Arc::new(AtomicU64::new(0));
/// let counter = Arc::clone(&lost);
/// let processor = ChunkSpanProcessor::builder(JourneyExporter::new())
///     .max_queue_size(20_000)
///     .schedule_delay(Duration::from_secs(1))
///     .on_drop(move |report| {
///         counter.fetch_add(report.total(), Ordering::Relaxed);
///     })
///     .build()?;
/// assert_eq!(processor.drops().total(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct ChunkSpanProcessorBuilder<E> {
    exporter: E,
    settings: Settings,
    lookup: Box<Lookup>,
    hook: Option<DropHook>,
    around: Option<Around>,
}

type Lookup = dyn Fn(&str) -> Option<String>;

impl ChunkSpanProcessor {
    /// A processor for this exporter.
    pub fn builder<E: SpanExporter + 'static>(exporter: E) -> ChunkSpanProcessorBuilder<E> {
        ChunkSpanProcessorBuilder {
            exporter,
            settings: Settings::default(),
            // What is not Unicode is no number either, and is warned of as such.
            lookup: Box::new(|name| Some(std::env::var_os(name)?.to_string_lossy().into_owned())),
            hook: None,
            around: None,
        }
    }
}

impl<E: SpanExporter + 'static> ChunkSpanProcessorBuilder<E> {
    /// How many spans are held at most: those that wait, and those of the batch that is being exported.
    ///
    /// Spans that end beyond that are dropped and counted. A span takes some 500 bytes with a few attributes. Default:
    /// `OTEL_BSP_MAX_QUEUE_SIZE`, else 2,048.
    pub fn max_queue_size(mut self, spans: usize) -> Self {
        self.settings.max_queue_size = Some(spans);
        self
    }

    /// How many spans an export has at most.
    ///
    /// A thread that ends many spans hands them over by 256, which are one batch, or by 512 if they are encoded where they end;
    /// larger batches are made of what several threads have left. Default: `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`, else 512.
    pub fn max_export_batch_size(mut self, spans: usize) -> Self {
        self.settings.max_export_batch_size = Some(spans);
        self
    }

    /// How long a span waits for its export at most, while the exporter keeps up, and how often lost spans are reported: a
    /// millisecond at least. Default: `OTEL_BSP_SCHEDULE_DELAY`, in milliseconds, else five seconds.
    pub fn schedule_delay(mut self, interval: Duration) -> Self {
        self.settings.schedule_delay = Some(interval);
        self
    }

    /// How long an export may take, if the exporter is a future that waits: then it is dropped. Also how long a flush may take.
    ///
    /// A call that blocks cannot be interrupted; give the exporter a timeout of its own. Default: `OTEL_BSP_EXPORT_TIMEOUT`, in
    /// milliseconds, else 30 seconds.
    pub fn export_timeout(mut self, timeout: Duration) -> Self {
        self.settings.export_timeout = Some(timeout);
        self
    }

    /// Reads the variables from here instead of from the process's environment: for tests, and for programs that have their
    /// configuration elsewhere.
    pub fn variables(mut self, lookup: impl Fn(&str) -> Option<String> + 'static) -> Self {
        self.lookup = Box::new(lookup);
        self
    }

    /// Is shown what was lost, once for each [interval](Self::schedule_delay) in which spans were, and after a shutdown.
    ///
    /// It is called on the processor's thread; after a shutdown that ran out of time, on the thread that called it. Do nothing
    /// in it that waits: spans would wait with it. Its panics are caught. It is not told of spans that end after the shutdown.
    /// Calling this again replaces the hook.
    pub fn on_drop(mut self, hook: impl Fn(&DropReport) + Send + Sync + 'static) -> Self {
        self.hook = Some(Box::new(hook));
        self
    }

    /// Is called around each call of the exporter, on the processor's thread, and has to call what it is given.
    ///
    /// For exporters that need something of their thread, such as the runtime of tokio:
    ///
    /// ```
    /// # use tracehop_sdk::{ChunkSpanProcessor, JourneyExporter};
    /// # let exporter = JourneyExporter::new();
    /// # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build()?;
    /// # let _in_main = runtime.enter();
    /// let runtime = tokio::runtime::Handle::current();
    /// let processor = ChunkSpanProcessor::builder(exporter)
    ///     .around_exporter(move |call| {
    ///         let _entered = runtime.enter();
    ///         call();
    ///     })
    ///     .build()?;
    /// # assert_eq!(processor.drops().total(), 0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// The runtime's own threads then serve its timers and sockets. A runtime of one thread does so only while something runs on
    /// it. If the hook does not call what it is given, or panics before, the batch counts as failed or panicked.
    pub fn around_exporter(mut self, around: impl Fn(&mut dyn FnMut()) + Send + 'static) -> Self {
        self.around = Some(Box::new(around));
        self
    }

    /// Starts the processor and its thread, `tracehop-spans`.
    ///
    /// # Errors
    ///
    /// If the operating system does not start the thread. The exporter is dropped then.
    pub fn build(self) -> io::Result<ChunkSpanProcessor> {
        let config = Config::new(&self.settings, &*self.lookup);
        let hub = Arc::new(Hub::new(config, GuardedExporter::<E>::form(), Reporter::new(self.hook)));
        let exporter = GuardedExporter::new(self.exporter, self.around);
        ChunkSpanProcessor::start(Arc::clone(&hub), Worker::new(hub, exporter))
    }
}

impl<E: fmt::Debug> fmt::Debug for ChunkSpanProcessorBuilder<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChunkSpanProcessorBuilder")
            .field("exporter", &self.exporter)
            .field("settings", &self.settings)
            .field("on_drop", &self.hook.is_some())
            .field("around_exporter", &self.around.is_some())
            .finish_non_exhaustive()
    }
}
