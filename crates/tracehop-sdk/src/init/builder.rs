use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use tracehop::{MessagePropagator, MessagingMetrics, MessagingTracerBuilder, TracingBridge};

use super::detected;
use super::log_format::LogFormat;
use super::subscriber::{LocalLog, LogWriter};
use super::telemetry::{Parts, Telemetry};
use crate::shared::Shared;
use crate::variables::Lookup;
use crate::{InitError, Logs, LogsBuilder, Metrics, MetricsBuilder, Traces, TracesBuilder};

/// The time for a shutdown, if nothing else was said.
const DEADLINE: Duration = Duration::from_secs(5);

const PROPAGATORS: &str = "OTEL_PROPAGATORS";

/// Sets up traces, metrics and logs of the service with this name, as the variables of OpenTelemetry describe them, for the whole
/// process. Keep what it returns until the end of `main`: when that is dropped, what is left is exported.
///
/// It is [`Telemetry::builder`] with all its defaults, and [`TelemetryBuilder::init`].
///
/// # Errors
///
/// See [`TelemetryBuilder::init`].
///
/// ```no_run
/// fn main() -> Result<(), tracehop_sdk::InitError> {
///     let telemetry = tracehop_sdk::init("orders")?;
///     let tracer = telemetry.messaging_tracer();
///     // let consumer = consumer.traced(&tracer);
///     tracing::info!("ready");
///     Ok(())
/// }
/// ```
pub fn init(service_name: impl Into<String>) -> Result<Telemetry, InitError> {
    Telemetry::builder(service_name).init()
}

/// Configures [`Telemetry`]. Nothing is required, if the feature `otlp-http` or `otlp-grpc` is enabled; without them the exporters of
/// all signals are, or `OTEL_TRACES_EXPORTER`, `OTEL_METRICS_EXPORTER` and `OTEL_LOGS_EXPORTER` are `none`.
///
/// | Variable | What it says | Default |
/// |---|---|---|
/// | `OTEL_SDK_DISABLED` | `true`: there is the log on this machine, and nothing else. Anything but `true` and `false` is warned of, and is `false` | `false` |
/// | `OTEL_PROPAGATORS` | The formats of context, in messages and in other calls: [a list](tracehop::Format) | `tracecontext,baggage` |
/// | `RUST_LOG` | [Which events](tracing_subscriber::filter::EnvFilter#directives) of `tracing` are written, exported, and made into spans | `info` |
/// | `TRACEHOP_LOG_FORMAT` | `text` or `json`: how events are written on this machine | `text` |
/// | Those of each signal | See [`TracesBuilder`], [`MetricsBuilder`], [`LogsBuilder`] | |
///
/// An empty variable is as unset. What is wrong with `OTEL_PROPAGATORS`, `RUST_LOG` or `TRACEHOP_LOG_FORMAT` is an error that names
/// it; what is wrong with one of a signal's own is as said there. `RUST_LOG=inof` is right: it lets events of a crate `inof` through,
/// and no others.
///
/// ```
/// use opentelemetry_sdk::logs::InMemoryLogExporter;
/// use opentelemetry_sdk::metrics::InMemoryMetricExporter;
/// use tracehop_sdk::{JourneyExporter, LogFormat, Telemetry};
///
/// let spans = JourneyExporter::new();
/// let exporter = spans.clone();
/// let telemetry = Telemetry::builder("orders")
///     .traces(|traces| traces.exporter(exporter).ratio(1.0))
///     .metrics(|metrics| metrics.exporter(InMemoryMetricExporter::default()))
///     .logs(|logs| logs.exporter(InMemoryLogExporter::default()))
///     .messaging(|tracer| tracer.receive_spans(true))
///     .log_format(LogFormat::Json)
///     // `init` would make it the process's.
///     .build()?;
///
/// tracing::dispatcher::with_default(telemetry.dispatch(), || {
///     let span = tracing::info_span!("place order").entered();
///     tracing::info!(order = 7, "order placed");
///     drop(span);
/// });
/// telemetry.shutdown()?;
/// assert_eq!(spans.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct TelemetryBuilder {
    service_name: Option<String>,
    resources: Vec<Resource>,
    traces: Vec<Box<dyn FnOnce(TracesBuilder) -> TracesBuilder + Send>>,
    metrics: Vec<Box<dyn FnOnce(MetricsBuilder) -> MetricsBuilder + Send>>,
    logs: Vec<Box<dyn FnOnce(LogsBuilder) -> LogsBuilder + Send>>,
    messaging: Vec<Box<dyn FnOnce(MessagingTracerBuilder) -> MessagingTracerBuilder + Send>>,
    messaging_metrics: Vec<Box<dyn FnOnce(MessagingMetrics) -> MessagingMetrics + Send>>,
    #[cfg(feature = "redaction")]
    redaction: Option<crate::Redaction>,
    log_format: Option<LogFormat>,
    log_filter: Option<String>,
    log_writer: LogWriter,
    deadline: Duration,
    lookup: Lookup,
}

impl Default for TelemetryBuilder {
    fn default() -> Self {
        Self {
            service_name: None,
            resources: Vec::new(),
            traces: Vec::new(),
            metrics: Vec::new(),
            logs: Vec::new(),
            messaging: Vec::new(),
            messaging_metrics: Vec::new(),
            #[cfg(feature = "redaction")]
            redaction: None,
            log_format: None,
            log_filter: None,
            log_writer: Arc::new(|| Box::new(std::io::stderr())),
            deadline: DEADLINE,
            lookup: Lookup::default(),
        }
    }
}

impl Telemetry {
    /// Settings for the telemetry of the service with this name, which comes before `OTEL_SERVICE_NAME`.
    /// [`TelemetryBuilder::default`] leaves it to the variable.
    pub fn builder(service_name: impl Into<String>) -> TelemetryBuilder {
        TelemetryBuilder { service_name: Some(service_name.into()), ..TelemetryBuilder::default() }
    }
}

impl TelemetryBuilder {
    /// Adds what is known of the service and of where it runs, for all signals. It comes before `OTEL_RESOURCE_ATTRIBUTES` and what
    /// is found by itself: `service.instance.id`, `process.pid`, `process.executable.name`, `host.name`, `host.arch`, `os.type`.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// Changes the settings of traces: the sampler, the exporter. It may be called several times.
    pub fn traces(mut self, change: impl FnOnce(TracesBuilder) -> TracesBuilder + Send + 'static) -> Self {
        self.traces.push(Box::new(change));
        self
    }

    /// Changes the settings of metrics. It may be called several times.
    pub fn metrics(mut self, change: impl FnOnce(MetricsBuilder) -> MetricsBuilder + Send + 'static) -> Self {
        self.metrics.push(Box::new(change));
        self
    }

    /// Changes the settings of exported logs. It may be called several times.
    pub fn logs(mut self, change: impl FnOnce(LogsBuilder) -> LogsBuilder + Send + 'static) -> Self {
        self.logs.push(Box::new(change));
        self
    }

    /// Changes the settings of the [tracer for messages](Telemetry::messaging_tracer). It may be called several times.
    pub fn messaging(
        mut self,
        change: impl FnOnce(MessagingTracerBuilder) -> MessagingTracerBuilder + Send + 'static,
    ) -> Self {
        self.messaging.push(Box::new(change));
        self
    }

    /// Changes what is measured of messages, for example that the [time in the
    /// queue](tracehop::MessagingMetrics::queue_times) is.
    ///
    /// ```
    /// use tracehop_sdk::Telemetry;
    ///
    /// let telemetry = Telemetry::builder("orders").messaging_metrics(|metrics| metrics.queue_times(true));
    /// ```
    pub fn messaging_metrics(
        mut self,
        change: impl FnOnce(MessagingMetrics) -> MessagingMetrics + Send + 'static,
    ) -> Self {
        self.messaging_metrics.push(Box::new(change));
        self
    }

    /// Takes values of attributes and texts of errors out of spans and log records before they are exported. A redaction that is set
    /// for [traces](TracesBuilder::redaction) or [logs](LogsBuilder::redaction) alone comes before it. Calling it again replaces it.
    /// It needs the feature `redaction`.
    ///
    /// Lines on this machine, and metrics, are as they are.
    #[cfg(feature = "redaction")]
    #[cfg_attr(docsrs, doc(cfg(feature = "redaction")))]
    pub fn redaction(mut self, redaction: crate::Redaction) -> Self {
        self.redaction = Some(redaction);
        self
    }

    /// How events are written on this machine. Default: `TRACEHOP_LOG_FORMAT`, else [`LogFormat::Text`].
    pub fn log_format(mut self, format: LogFormat) -> Self {
        self.log_format = Some(format);
        self
    }

    /// Which events and spans of `tracing` count, in the [form](tracing_subscriber::filter::EnvFilter#directives) of `RUST_LOG`,
    /// which is not read then.
    pub fn log_filter(mut self, directives: impl Into<String>) -> Self {
        self.log_filter = Some(directives.into());
        self
    }

    /// Where lines are written to. Default: the standard error.
    ///
    /// ```
    /// # use tracehop_sdk::Telemetry;
    /// let builder = Telemetry::builder("orders").log_writer(std::io::stdout);
    /// # drop(builder);
    /// ```
    pub fn log_writer<W: Write + 'static>(mut self, writer: impl Fn() -> W + Send + Sync + 'static) -> Self {
        self.log_writer = Arc::new(move || Box::new(writer()));
        self
    }

    /// How long [`Telemetry`] that is dropped waits for what is left to be exported. Default: five seconds.
    pub fn shutdown_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Reads the variables from here instead of from the process's environment. Calling it again replaces it.
    pub fn variables(mut self, lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.lookup = Lookup::new(lookup);
        self
    }

    /// Makes all of it, and lets it be the process's: see [`Telemetry::install`].
    ///
    /// # Errors
    ///
    /// As for [`build`](Self::build) and [`Telemetry::install`]. Nothing of the process is changed then.
    pub fn init(self) -> Result<Telemetry, InitError> {
        let telemetry = self.build()?;
        telemetry.install()?;
        Ok(telemetry)
    }

    /// Makes all of it, and starts the threads that export. It does not connect yet, and nothing of the process is changed.
    ///
    /// # Errors
    ///
    /// - `OTEL_PROPAGATORS`, `RUST_LOG`, `TRACEHOP_LOG_FORMAT`: nobody understands it
    /// - `log_filter`: it is none
    /// - What [`TracesBuilder::build`], [`MetricsBuilder::build`] and [`LogsBuilder::build`] say
    pub fn build(self) -> Result<Telemetry, InitError> {
        let lookup = &self.lookup;
        let propagator = propagator(lookup)?;
        let format = self.log_format.map_or_else(|| LogFormat::of_variable(lookup), Ok)?;
        let filter = LocalLog::filter(self.log_filter, lookup)?;
        let local = LocalLog { format, writer: self.log_writer, filter };

        // So that what is said of variables meanwhile is seen.
        let shared = Shared::default();
        let alone = local.alone(&shared);
        let (traces, metrics, logs) = tracing_core::dispatcher::with_default(&alone, || {
            let shared = shared.with_resource(detected::resource(lookup));
            let name = self.service_name;
            let variables = || {
                let lookup = lookup.clone();
                move |name: &str| lookup.raw(name)
            };
            let mut traces = name.clone().map_or_else(TracesBuilder::default, Traces::builder);
            let mut metrics = name.clone().map_or_else(MetricsBuilder::default, Metrics::builder);
            let mut logs = name.map_or_else(LogsBuilder::default, Logs::builder);
            for resource in self.resources {
                traces = traces.resource(resource.clone());
                metrics = metrics.resource(resource.clone());
                logs = logs.resource(resource);
            }
            traces = traces.variables(variables()).shared(shared.clone());
            metrics = metrics.variables(variables()).shared(shared.clone());
            logs = logs.variables(variables()).shared(shared.clone());
            #[cfg(feature = "redaction")]
            if let Some(redaction) = self.redaction {
                traces = traces.redaction(redaction.clone());
                logs = logs.redaction(redaction);
            }
            let traces = self.traces.into_iter().fold(traces, |traces, change| change(traces)).build()?;
            let metrics =
                self.metrics.into_iter().fold(metrics, |metrics, change| change(metrics)).build()?;
            let logs = self.logs.into_iter().fold(logs, |logs, change| change(logs)).build()?;
            Ok::<_, InitError>((traces, metrics, logs))
        })?;

        traces.drops().show_on(metrics.provider());
        let messaging_metrics = MessagingMetrics::of(metrics.provider());
        let messaging_metrics =
            self.messaging_metrics.into_iter().fold(messaging_metrics, |metrics, change| change(metrics));
        let bridge = TracingBridge::new();
        let messaging = traces
            .messaging_tracer_builder()
            .propagator(propagator.clone())
            .metrics(messaging_metrics)
            .tracing_bridge(bridge.clone());
        let messaging = self.messaging.into_iter().fold(messaging, |messaging, change| change(messaging));
        traces.set_messaging_tracer(messaging.build());
        let dispatch =
            if traces.is_disabled() { alone } else { local.with(&shared, &traces, &logs, &bridge) };
        let parts = Parts { traces, metrics, logs, shared };
        Ok(Telemetry::new(parts, propagator, dispatch, self.deadline))
    }
}

/// What the variable asks for.
fn propagator(lookup: &Lookup) -> Result<MessagePropagator, InitError> {
    let list = lookup.get(PROPAGATORS).unwrap_or_default();
    list.parse().map_err(|error| InitError::new(PROPAGATORS, error))
}

impl fmt::Debug for TelemetryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelemetryBuilder")
            .field("service_name", &self.service_name)
            .field("resources", &self.resources)
            .field("log_format", &self.log_format)
            .field("log_filter", &self.log_filter)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}
