use std::fmt;
use std::time::Duration;

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing_core::Subscriber;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::bridge;
use super::output::Started;
use crate::within::within;

/// The time for a shutdown, if nothing else was said: what the SDK gives it.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The logs of a service, set up: a logger provider with its resource, processor and exporter, and a layer for `tracing`.
///
/// [`LogsBuilder`](crate::LogsBuilder) says what it is made of, and which variables are read. Nothing is global.
///
/// OTLP goes over the transports of the [exporter of spans](https://github.com/tracehop/tracehop/blob/main/docs/otlp.md): the same
/// variables, retries and certificates, and no runtime of the program's. So it may be made and dropped inside of any runtime, or
/// without one.
///
/// ```
/// use opentelemetry_sdk::logs::InMemoryLogExporter;
/// use tracehop_sdk::Logs;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// // Without this exporter records go to a collector, as the OTEL_EXPORTER_OTLP_ variables say.
/// let exporter = InMemoryLogExporter::default();
/// let logs = Logs::builder("orders").exporter(exporter.clone()).build()?;
///
/// let subscriber = tracing_subscriber::registry().with(logs.layer());
/// tracing::subscriber::with_default(subscriber, || tracing::info!(order = 7, "order placed"));
/// logs.provider().force_flush()?;
/// assert_eq!(exporter.get_emitted_logs()?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # When it is dropped
///
/// It is shut down, which exports what is left. That takes five seconds at most, in which it blocks the thread. Call
/// [`shutdown_with_timeout`](Self::shutdown_with_timeout) before, to choose another time, or to know whether all was exported.
#[must_use = "logs that are dropped are shut down"]
pub struct Logs {
    provider: SdkLoggerProvider,
    is_disabled: bool,
    started: Started,
}

impl Logs {
    pub(super) fn new(provider: SdkLoggerProvider, started: Started) -> Self {
        Self { provider, is_disabled: false, started }
    }

    /// No logs at all: without a processor nothing is recorded.
    pub(super) fn disabled() -> Self {
        let provider = SdkLoggerProvider::builder().build();
        Self { provider, is_disabled: true, started: Started::default() }
    }

    /// The SDK's provider, for other bridges. Clones share all of it.
    pub fn provider(&self) -> &SdkLoggerProvider {
        &self.provider
    }

    /// A layer for a subscriber of `tracing`, which makes a record of each event. A record has the identifiers of OpenTelemetry's
    /// current span: that of a handler, or of a span of `tracing` if the layer of `tracing-opentelemetry` is there too.
    ///
    /// It leaves out what exporters log themselves - `opentelemetry`, `hyper`, `h2`, `tonic`, `tower`, `reqwest`, `ureq`, `rustls`
    /// and this crate -, because each export would make more to export.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        bridge::layer(&self.provider)
    }

    /// Whether `OTEL_SDK_DISABLED` is set, so that there are no logs.
    pub fn is_disabled(&self) -> bool {
        self.is_disabled
    }

    /// What became of records that were sent over OTLP; all zero with another exporter. Where the counters speak of spans they mean
    /// records. The handle outlives the logs.
    #[cfg(feature = "otlp")]
    #[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
    pub fn counters(&self) -> crate::OtlpCounters {
        self.started.counters.clone()
    }

    /// Records that were to be sent over OTLP and have not arrived, also those that wait.
    #[cfg(feature = "init")]
    #[cfg_attr(
        not(any(feature = "otlp-http", feature = "otlp-grpc")),
        expect(clippy::unused_self, reason = "without OTLP nothing is known of it")
    )]
    pub(crate) fn undelivered(&self) -> u64 {
        #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
        return self
            .started
            .counters
            .not_arrived_of(self.started.emitted.load(std::sync::atomic::Ordering::Relaxed));
        #[cfg(not(any(feature = "otlp-http", feature = "otlp-grpc")))]
        0
    }

    /// Exports what is left within five seconds, and takes no more records.
    ///
    /// # Errors
    ///
    /// As for [`shutdown_with_timeout`](Self::shutdown_with_timeout).
    pub fn shutdown(&self) -> OTelSdkResult {
        self.shutdown_with_timeout(SHUTDOWN_TIMEOUT)
    }

    /// Exports what is left, and takes no more records. It returns when the time is up, whatever the exporter does. It blocks the
    /// thread: in an async program call it in `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// - [`AlreadyShutdown`](OTelSdkError::AlreadyShutdown) after a shutdown
    /// - [`Timeout`](OTelSdkError::Timeout) if the time was up
    /// - [`InternalFailure`](OTelSdkError::InternalFailure) if the processor says so
    pub fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if self.is_disabled {
            return Ok(());
        }
        let provider = self.provider.clone();
        within(timeout, move || provider.shutdown_with_timeout(timeout)).unwrap_or_else(|| {
            if let Some(stop) = &self.started.stop {
                stop();
            }
            Err(OTelSdkError::Timeout(timeout))
        })
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        // What was lost is counted and logged, and that it was shut down before is what is hoped for.
        let _reported = self.shutdown();
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logs")
            .field("provider", &self.provider)
            .field("is_disabled", &self.is_disabled)
            .finish_non_exhaustive()
    }
}
