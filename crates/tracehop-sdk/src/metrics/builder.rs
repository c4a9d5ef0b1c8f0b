use std::fmt;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{MeterProviderBuilder, SdkMeterProvider};

use super::metrics::Metrics;
use super::output::Output;
use crate::InitError;
use crate::shared::Shared;
use crate::variables::Lookup;

/// Configures [`Metrics`]. Nothing is required, if the feature `otlp-http` or `otlp-grpc` is enabled; without them an exporter is.
///
/// What is set in code comes before what a variable says:
///
/// | Variable | What it says | Default |
/// |---|---|---|
/// | `OTEL_SDK_DISABLED` | `true`: there are no metrics, no thread and no connection | `false` |
/// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | As for [traces](crate::TracesBuilder) | |
/// | `OTEL_METRICS_EXPORTER` | `otlp`, or `none`: nothing is exported, and no thread is started | `otlp` |
/// | `OTEL_METRIC_EXPORT_INTERVAL` | How often metrics are exported, in milliseconds | 60,000 |
/// | `OTEL_METRIC_EXPORT_TIMEOUT` | How long an export takes at most, in milliseconds, if `OTEL_EXPORTER_OTLP_TIMEOUT` does not say less | |
/// | `OTEL_EXPORTER_OTLP_…`, `OTEL_EXPORTER_OTLP_METRICS_…` | [Where metrics are sent to, and how](https://github.com/tracehop/tracehop/blob/main/docs/otlp.md#variables), if no exporter is given | A collector on this host |
/// | `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `cumulative`, `delta` or `lowmemory` | `cumulative` |
///
/// An empty variable is as unset. A value that nobody understands is warned of in OpenTelemetry's internal log, with the name of
/// the variable (`Telemetry.VariableIgnored`), and is as unset too; what is an error for OTLP is one here.
///
/// ```
/// use std::time::Duration;
/// use opentelemetry_sdk::metrics::InMemoryMetricExporter;
/// use tracehop_sdk::Metrics;
///
/// let metrics = Metrics::builder("orders")
///     .exporter(InMemoryMetricExporter::default())
///     .interval(Duration::from_secs(10))
///     .build()?;
/// assert!(!metrics.is_disabled());
/// # Ok::<(), tracehop_sdk::InitError>(())
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct MetricsBuilder {
    service_name: Option<String>,
    resources: Vec<Resource>,
    interval: Option<Duration>,
    output: Option<Output>,
    provider_settings: Vec<Box<ProviderSettings>>,
    shared: Shared,
    lookup: Lookup,
}

type ProviderSettings = dyn FnOnce(MeterProviderBuilder) -> MeterProviderBuilder + Send;

impl Metrics {
    /// Settings for the metrics of the service with this name, which comes before `OTEL_SERVICE_NAME`. [`MetricsBuilder::default`]
    /// leaves it to the variable.
    pub fn builder(service_name: impl Into<String>) -> MetricsBuilder {
        MetricsBuilder { service_name: Some(service_name.into()), ..MetricsBuilder::default() }
    }

    /// Metrics as the variables describe them, with the name in `OTEL_SERVICE_NAME`.
    ///
    /// # Errors
    ///
    /// See [`MetricsBuilder::build`].
    pub fn from_env() -> Result<Self, InitError> {
        MetricsBuilder::default().build()
    }
}

impl MetricsBuilder {
    /// Adds what is known of the service and of where it runs. It comes before `OTEL_RESOURCE_ATTRIBUTES`, and what is added later
    /// before what was added earlier.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// Where metrics go to, in place of OTLP, once in each [interval](Self::interval). It is called on a thread of its own, with
    /// nothing of an async runtime around it.
    pub fn exporter(mut self, exporter: impl PushMetricExporter) -> Self {
        self.output = Some(Output::exporter(exporter));
        self
    }

    /// How often metrics are exported. Zero is as unset. Default: `OTEL_METRIC_EXPORT_INTERVAL`, else a minute.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Changes the SDK's builder, for all that has no setting here: views, and more readers. It may be called several times. The
    /// resource and the exporter are set afterwards.
    pub fn provider_settings(
        mut self,
        change: impl FnOnce(MeterProviderBuilder) -> MeterProviderBuilder + Send + 'static,
    ) -> Self {
        self.provider_settings.push(Box::new(change));
        self
    }

    /// Reads the variables from here instead of from the process's environment. Calling it again replaces it.
    pub fn variables(mut self, lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.lookup = Lookup::new(lookup);
        self
    }

    #[cfg(feature = "init")]
    pub(crate) fn shared(mut self, shared: Shared) -> Self {
        self.shared = shared;
        self
    }

    /// Makes the provider, and starts the thread that exports. It does not connect yet.
    ///
    /// # Errors
    ///
    /// - `exporter`: there is none, and no feature for OTLP
    /// - What [`OtlpExporterBuilder::build`](https://github.com/tracehop/tracehop/blob/main/docs/otlp.md#variables) says is wrong with
    ///   a variable, if no exporter was given
    pub fn build(self) -> Result<Metrics, InitError> {
        let lookup = &self.lookup;
        if lookup.is_true("OTEL_SDK_DISABLED") {
            return Ok(Metrics::disabled());
        }
        let mut builder = SdkMeterProvider::builder();
        for change in self.provider_settings {
            builder = change(builder);
        }
        builder = builder.with_resource(self.shared.resource(lookup));
        for resource in self.resources {
            builder = builder.with_resource(resource);
        }
        if let Some(name) = self.service_name {
            builder = builder.with_resource(Resource::builder_empty().with_service_name(name).build());
        }
        let (builder, started) = Output::start(self.output, self.interval, &self.shared, lookup, builder)?;
        Ok(Metrics::new(builder.build(), started))
    }
}

impl fmt::Debug for MetricsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsBuilder")
            .field("service_name", &self.service_name)
            .field("resources", &self.resources)
            .field("interval", &self.interval)
            .field("has_output", &self.output.is_some())
            .finish_non_exhaustive()
    }
}
