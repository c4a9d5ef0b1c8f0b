use std::fmt;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::output::Started;
use crate::within::within;

/// The time for a shutdown, if nothing else was said: what the SDK gives it.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The metrics of a service, set up: a meter provider with its resource, reader and exporter.
///
/// [`MetricsBuilder`](crate::MetricsBuilder) says what it is made of, and which variables are read. Nothing is global unless
/// [`set_global`](Self::set_global) is called.
///
/// OTLP goes over the transports of the [exporter of spans](https://github.com/tracehop/tracehop/blob/main/docs/otlp.md): the same
/// variables, retries and certificates, and no runtime of the program's. So it may be made and dropped inside of any runtime, or
/// without one.
///
/// ```
/// use opentelemetry::metrics::MeterProvider;
/// use opentelemetry_sdk::metrics::InMemoryMetricExporter;
/// use tracehop_sdk::Metrics;
///
/// // Without this exporter metrics go to a collector, as the OTEL_EXPORTER_OTLP_ variables say.
/// let exporter = InMemoryMetricExporter::default();
/// let metrics = Metrics::builder("orders").exporter(exporter.clone()).build()?;
///
/// metrics.provider().meter("doc").u64_counter("orders.placed").build().add(1, &[]);
/// metrics.shutdown()?;
/// assert_eq!(exporter.get_finished_metrics()?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # When it is dropped
///
/// It is shut down, which exports what is left. That takes five seconds at most, in which it blocks the thread. Call
/// [`shutdown_with_timeout`](Self::shutdown_with_timeout) before, to choose another time, or to know whether all was exported.
#[must_use = "metrics that are dropped are shut down"]
pub struct Metrics {
    provider: SdkMeterProvider,
    is_disabled: bool,
    started: Started,
}

impl Metrics {
    pub(super) fn new(provider: SdkMeterProvider, started: Started) -> Self {
        Self { provider, is_disabled: false, started }
    }

    /// No metrics at all: without a reader nothing is recorded.
    pub(super) fn disabled() -> Self {
        let provider = SdkMeterProvider::builder().build();
        Self { provider, is_disabled: true, started: Started::default() }
    }

    /// The SDK's provider, for meters of all kinds. Clones share all of it.
    pub fn provider(&self) -> &SdkMeterProvider {
        &self.provider
    }

    /// Lets this provider be OpenTelemetry's global one, in place of whatever was.
    pub fn set_global(&self) {
        global::set_meter_provider(self.provider.clone());
    }

    /// Whether `OTEL_SDK_DISABLED` is set, so that there are no metrics.
    pub fn is_disabled(&self) -> bool {
        self.is_disabled
    }

    /// What became of data points that were sent over OTLP; all zero with another exporter. Where the counters speak of spans they
    /// mean data points. The handle outlives the metrics.
    #[cfg(feature = "otlp")]
    #[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
    pub fn counters(&self) -> crate::OtlpCounters {
        self.started.counters.clone()
    }

    /// Data points that were to be sent over OTLP and have not arrived.
    #[cfg(feature = "init")]
    #[cfg_attr(
        not(any(feature = "otlp-http", feature = "otlp-grpc")),
        expect(clippy::unused_self, reason = "without OTLP nothing is known of it")
    )]
    pub(crate) fn undelivered(&self) -> u64 {
        #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
        return self.started.counters.undelivered();
        #[cfg(not(any(feature = "otlp-http", feature = "otlp-grpc")))]
        0
    }

    /// Exports what is left within five seconds, and records nothing more.
    ///
    /// # Errors
    ///
    /// As for [`shutdown_with_timeout`](Self::shutdown_with_timeout).
    pub fn shutdown(&self) -> OTelSdkResult {
        self.shutdown_with_timeout(SHUTDOWN_TIMEOUT)
    }

    /// Exports what is left, and records nothing more. It returns when the time is up, whatever the exporter does. It blocks the
    /// thread: in an async program call it in `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// - [`AlreadyShutdown`](OTelSdkError::AlreadyShutdown) after a shutdown
    /// - [`Timeout`](OTelSdkError::Timeout) if the time was up
    /// - [`InternalFailure`](OTelSdkError::InternalFailure) if the export failed
    pub fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if self.is_disabled {
            return Ok(());
        }
        // The SDK's reader has a time of its own for it, which nobody can set.
        let provider = self.provider.clone();
        within(timeout, move || provider.shutdown_with_timeout(timeout)).unwrap_or_else(|| {
            if let Some(stop) = &self.started.stop {
                stop();
            }
            Err(OTelSdkError::Timeout(timeout))
        })
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        // What was lost is counted and logged, and that it was shut down before is what is hoped for.
        let _reported = self.shutdown();
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("provider", &self.provider)
            .field("is_disabled", &self.is_disabled)
            .finish_non_exhaustive()
    }
}
