use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{MeterProviderBuilder, PeriodicReader};

use crate::InitError;
use crate::shared::Shared;
use crate::variables::{Lookup, ignored, positive};

const EXPORTER: &str = "OTEL_METRICS_EXPORTER";

/// How often metrics are exported, says the specification.
const INTERVAL: Duration = Duration::from_secs(60);

/// Where metrics go to.
pub(super) struct Output(Box<Start>);

type Start = dyn FnOnce(MeterProviderBuilder, Duration) -> MeterProviderBuilder + Send;

/// Ends the waits of an exporter.
pub(super) type Stopper = Arc<dyn Fn() + Send + Sync>;

/// What became of metrics that were sent, and how to end that.
#[derive(Default)]
pub(super) struct Started {
    #[cfg(feature = "otlp")]
    pub(super) counters: crate::OtlpCounters,
    pub(super) stop: Option<Stopper>,
}

impl Output {
    pub(super) fn exporter(exporter: impl PushMetricExporter) -> Self {
        Self(Box::new(move |provider, interval| {
            let reader = PeriodicReader::builder(exporter).with_interval(interval).build();
            provider.with_reader(reader)
        }))
    }

    /// Starts what was given in code, else what the variables say.
    pub(super) fn start(
        given: Option<Self>,
        interval: Option<Duration>,
        shared: &Shared,
        lookup: &Lookup,
        provider: MeterProviderBuilder,
    ) -> Result<(MeterProviderBuilder, Started), InitError> {
        let (output, started) = match given {
            Some(output) => (output, Started::default()),
            None if is_none(lookup) => return Ok((provider, Started::default())),
            None => Self::otlp(shared, lookup)?,
        };
        let of_variable = || positive(lookup, "OTEL_METRIC_EXPORT_INTERVAL").map(Duration::from_millis);
        let interval = interval.filter(|time| !time.is_zero()).or_else(of_variable).unwrap_or(INTERVAL);
        Ok(((output.0)(provider, interval), started))
    }

    #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
    fn otlp(shared: &Shared, lookup: &Lookup) -> Result<(Self, Started), InitError> {
        use crate::otlp::{OtlpMetricExporter, Signal};

        let builder = shared.otlp(Signal::Metrics, lookup);
        let mut exporter = OtlpMetricExporter::new(builder, temporality(lookup))?;
        if let Some(millis) = positive(lookup, "OTEL_METRIC_EXPORT_TIMEOUT") {
            exporter.limit_timeout(Duration::from_millis(millis));
        }
        let stop = exporter.stop();
        let stop: Stopper = Arc::new(move || {
            stop.set();
        });
        let started = Started { counters: exporter.counters(), stop: Some(stop) };
        Ok((Self::exporter(exporter), started))
    }

    #[cfg(not(any(feature = "otlp-http", feature = "otlp-grpc")))]
    fn otlp(_: &Shared, _: &Lookup) -> Result<(Self, Started), InitError> {
        Err(InitError::new("exporter", "without the features otlp-http and otlp-grpc one must be given"))
    }
}

/// Whether nothing is exported.
fn is_none(lookup: &Lookup) -> bool {
    let value = lookup.get(EXPORTER).unwrap_or_default().to_ascii_lowercase();
    if !matches!(value.as_str(), "" | "otlp" | "none") {
        ignored(EXPORTER, "only otlp and none are supported; otlp is used instead");
    }
    value == "none"
}

#[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
fn temporality(lookup: &Lookup) -> opentelemetry_sdk::metrics::Temporality {
    use opentelemetry_sdk::metrics::Temporality;

    const PREFERENCE: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    let value = lookup.get(PREFERENCE).unwrap_or_default().to_ascii_lowercase();
    match value.as_str() {
        "" | "cumulative" => Temporality::Cumulative,
        "delta" => Temporality::Delta,
        "lowmemory" => Temporality::LowMemory,
        _ => {
            ignored(
                PREFERENCE,
                "only cumulative, delta and lowmemory are supported; cumulative is used instead",
            );
            Temporality::Cumulative
        }
    }
}
