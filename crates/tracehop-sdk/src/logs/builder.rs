use std::fmt;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{LogExporter, LoggerProviderBuilder, SdkLoggerProvider};

use super::logs::Logs;
use super::output::{Output, Redacting};
use crate::InitError;
use crate::shared::Shared;
use crate::variables::Lookup;

/// Configures [`Logs`]. Nothing is required, if the feature `otlp-http` or `otlp-grpc` is enabled; without them an exporter is.
///
/// What is set in code comes before what a variable says:
///
/// | Variable | What it says | Default |
/// |---|---|---|
/// | `OTEL_SDK_DISABLED` | `true`: there are no records, no thread and no connection | `false` |
/// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | As for [traces](crate::TracesBuilder) | |
/// | `OTEL_LOGS_EXPORTER` | `otlp`; `console`, lines on the standard output; or `none` | `otlp` |
/// | `OTEL_BLRP_MAX_QUEUE_SIZE` | How many records wait at most. What comes beyond that is dropped | 2,048 |
/// | `OTEL_BLRP_MAX_EXPORT_BATCH_SIZE` | How many are sent at once | 512 |
/// | `OTEL_BLRP_SCHEDULE_DELAY` | How long a record waits, in milliseconds | 1,000 |
/// | `OTEL_BLRP_EXPORT_TIMEOUT` | How long an export takes at most, in milliseconds, if `OTEL_EXPORTER_OTLP_TIMEOUT` does not say less | |
/// | `OTEL_EXPORTER_OTLP_…`, `OTEL_EXPORTER_OTLP_LOGS_…` | [Where records are sent to, and how](https://github.com/tracehop/tracehop/blob/main/docs/otlp.md#variables), if no exporter is given | A collector on this host |
///
/// An empty variable is as unset. A value that nobody understands is warned of in OpenTelemetry's internal log, with the name of
/// the variable (`Telemetry.VariableIgnored`), and is as unset too; what is an error for OTLP is one here.
///
/// ```
/// use opentelemetry_sdk::logs::InMemoryLogExporter;
/// use tracehop_sdk::Logs;
///
/// let logs = Logs::builder("orders").exporter(InMemoryLogExporter::default()).build()?;
/// assert!(!logs.is_disabled());
/// # Ok::<(), tracehop_sdk::InitError>(())
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct LogsBuilder {
    service_name: Option<String>,
    resources: Vec<Resource>,
    output: Option<Output>,
    redacting: Redacting,
    provider_settings: Vec<Box<ProviderSettings>>,
    shared: Shared,
    lookup: Lookup,
}

type ProviderSettings = dyn FnOnce(LoggerProviderBuilder) -> LoggerProviderBuilder + Send;

impl Logs {
    /// Settings for the logs of the service with this name, which comes before `OTEL_SERVICE_NAME`. [`LogsBuilder::default`]
    /// leaves it to the variable.
    pub fn builder(service_name: impl Into<String>) -> LogsBuilder {
        LogsBuilder { service_name: Some(service_name.into()), ..LogsBuilder::default() }
    }

    /// Logs as the variables describe them, with the name in `OTEL_SERVICE_NAME`.
    ///
    /// # Errors
    ///
    /// See [`LogsBuilder::build`].
    pub fn from_env() -> Result<Self, InitError> {
        LogsBuilder::default().build()
    }
}

impl LogsBuilder {
    /// Adds what is known of the service and of where it runs. It comes before `OTEL_RESOURCE_ATTRIBUTES`, and what is added later
    /// before what was added earlier.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// Where records go to, in place of OTLP: through the SDK's batch processor, on a thread of its own.
    pub fn exporter(mut self, exporter: impl LogExporter + 'static) -> Self {
        self.output = Some(Output::exporter(exporter));
        self
    }

    /// Takes values of attributes and texts of errors out of records before they are exported, by whichever exporter. Calling it
    /// again replaces it. It needs the feature `redaction`.
    ///
    /// Processors that are added with [`provider_settings`](Self::provider_settings) get records as they are.
    #[cfg(feature = "redaction")]
    #[cfg_attr(docsrs, doc(cfg(feature = "redaction")))]
    pub fn redaction(mut self, redaction: crate::Redaction) -> Self {
        self.redacting = Some(redaction);
        self
    }

    /// Changes the SDK's builder, for all that has no setting here, such as more processors. It may be called several times. The
    /// resource and the exporter are set afterwards, so processors that are added here are called before the one that exports.
    pub fn provider_settings(
        mut self,
        change: impl FnOnce(LoggerProviderBuilder) -> LoggerProviderBuilder + Send + 'static,
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
    pub fn build(self) -> Result<Logs, InitError> {
        let lookup = &self.lookup;
        if lookup.is_true("OTEL_SDK_DISABLED") {
            return Ok(Logs::disabled());
        }
        let mut builder = SdkLoggerProvider::builder();
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
        let (builder, started) = Output::start(self.output, self.redacting, &self.shared, lookup, builder)?;
        Ok(Logs::new(builder.build(), started))
    }
}

impl fmt::Debug for LogsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogsBuilder")
            .field("service_name", &self.service_name)
            .field("resources", &self.resources)
            .field("has_output", &self.output.is_some())
            .finish_non_exhaustive()
    }
}
