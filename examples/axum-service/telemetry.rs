//! Traces, metrics and logs of a service that is written with `tracing`.

use std::time::Duration;

use anyhow::Context;
use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracehop::{MessagingMetrics, MessagingTracer, TracingBridge};
use tracing::Dispatch;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::json_lines::JsonLines;
use crate::log_lines::LogLines;

const SERVICE: &str = "axum-service";
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Telemetry {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    logs: SdkLoggerProvider,
    messaging: MessagingTracer,
    dispatch: Dispatch,
}

impl Telemetry {
    /// Everything goes to `endpoint`, or else to where the variables of OpenTelemetry say. Nothing is installed yet.
    pub(crate) fn new(endpoint: Option<&str>, log: &LogLines) -> anyhow::Result<Self> {
        let resource = Resource::builder().with_service_name(SERVICE).build();

        let mut exporter = SpanExporter::builder().with_http();
        if let Some(endpoint) = endpoint {
            exporter = exporter.with_endpoint(format!("{endpoint}/v1/traces"));
        }
        let traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_batch_exporter(exporter.build()?)
            .build();

        let mut exporter = MetricExporter::builder().with_http();
        if let Some(endpoint) = endpoint {
            exporter = exporter.with_endpoint(format!("{endpoint}/v1/metrics"));
        }
        let metrics = SdkMeterProvider::builder()
            .with_resource(resource.clone())
            .with_periodic_exporter(exporter.build()?)
            .build();

        let mut exporter = LogExporter::builder().with_http();
        if let Some(endpoint) = endpoint {
            exporter = exporter.with_endpoint(format!("{endpoint}/v1/logs"));
        }
        let logs = SdkLoggerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(exporter.build()?)
            .build();

        // What is logged directly in a message's handler lands on the span of processing that message.
        let bridge = TracingBridge::new();
        let messaging = MessagingTracer::builder()
            .tracer_provider(traces.clone())
            .tracing_bridge(bridge.clone())
            .metrics(MessagingMetrics::of(&metrics))
            .on_problem(|problem| tracing::warn!(%problem, "a message's headers"))
            .build();

        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        let subscriber = tracing_subscriber::registry()
            .with(filter)
            .with(tracing_opentelemetry::layer().with_tracer(bridge.tracer(traces.tracer(SERVICE))))
            // The exporters' own log lines are not exported: that would make more of them.
            .with(
                OpenTelemetryTracingBridge::new(&logs)
                    .with_filter(EnvFilter::new("info,opentelemetry=off,hyper=off,reqwest=off")),
            )
            .with(tracing_subscriber::fmt::layer().event_format(JsonLines).with_writer(log.clone()));
        Ok(Self { traces, metrics, logs, messaging, dispatch: Dispatch::new(subscriber) })
    }

    /// For `tracing`.
    pub(crate) fn dispatch(&self) -> Dispatch {
        self.dispatch.clone()
    }

    /// For messages.
    pub(crate) fn messaging(&self) -> &MessagingTracer {
        &self.messaging
    }

    /// For numbers.
    pub(crate) fn meter(&self) -> Meter {
        self.metrics.meter(SERVICE)
    }

    /// Sends what is left.
    pub(crate) async fn shutdown(self) -> anyhow::Result<()> {
        let shutdown = move || {
            let Self { traces, metrics, logs, .. } = self;
            let results = [
                ("spans", traces.shutdown_with_timeout(PATIENCE)),
                ("metrics", metrics.shutdown_with_timeout(PATIENCE)),
                ("logs", logs.shutdown_with_timeout(PATIENCE)),
            ];
            for (what, result) in results {
                result.with_context(|| format!("not all {what} could be exported"))?;
            }
            Ok(())
        };
        // It blocks, and a collector in this process needs the thread.
        tokio::task::spawn_blocking(shutdown).await?
    }
}
