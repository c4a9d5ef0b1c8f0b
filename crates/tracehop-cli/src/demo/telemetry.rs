//! How the spans and logs of a service leave it.

use std::error::Error;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use tracehop_sdk::{ChunkSpanProcessor, Logs, OtlpCounters, OtlpExporter, OtlpProtocol, Traces};

use super::config::DemoConfig;
use super::demo_error::DemoError;
use super::exporter::ClockAhead;
use super::semconv;

/// The first journeys are to be seen at once.
const SCHEDULE_DELAY: Duration = Duration::from_millis(200);
/// The page is on this machine: what takes longer does not come.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Some minutes of spans of one service, in case nobody takes them for a while.
const QUEUE: usize = 20_000;

/// The traces and logs of one service, set up by code alone: the demo is the same whatever variables of OpenTelemetry are set
/// around it.
pub(super) struct Telemetry {
    pub(super) traces: Traces,
    pub(super) logs: Logs,
    pub(super) delivered: OtlpCounters,
}

impl Telemetry {
    /// `ahead` is how much the clock of the service's machine is ahead.
    pub(super) fn start(
        service: &'static str,
        config: &DemoConfig,
        ahead: Duration,
    ) -> Result<Self, DemoError> {
        let base = config.endpoint.strip_suffix('/').unwrap_or(&config.endpoint);
        let mut exporter = OtlpExporter::builder()
            .protocol(OtlpProtocol::HttpProtobuf)
            .endpoint(format!("{base}/v1/traces"))
            .timeout(TIMEOUT);
        if let Some(token) = &config.token {
            exporter = exporter.header("authorization", format!("Bearer {token}"));
        }
        let exporter = exporter.build().map_err(failed)?;
        let delivered = exporter.counters();
        let processor = ChunkSpanProcessor::builder(ClockAhead { exporter, by: ahead })
            .variables(|_| None)
            .max_queue_size(QUEUE)
            .schedule_delay(SCHEDULE_DELAY)
            .build()
            .map_err(failed)?;
        let resource = Resource::builder_empty()
            .with_attributes([
                KeyValue::new(semconv::TRACEHOP_DEMO, true),
                KeyValue::new(semconv::SERVICE_INSTANCE_ID, format!("{service}-1")),
            ])
            .build();
        let traces = Traces::builder(service)
            .resource(resource.clone())
            .processor(processor)
            .variables(|_| None)
            .build()
            .map_err(failed)?;
        let variables = log_variables(base, config.token.as_deref());
        let logs = Logs::builder(service)
            .resource(resource)
            .variables(move |name| {
                let variable = variables.iter().find(|(variable, _)| *variable == name);
                variable.map(|(_, value)| value.clone())
            })
            .build()
            .map_err(failed)?;
        Ok(Self { traces, logs, delivered })
    }

    /// Sends what is left. It blocks, for some seconds if nobody takes it.
    pub(super) fn stop(&self) {
        // What is lost is counted.
        let _ = self.traces.shutdown_with_timeout(TIMEOUT);
        let _ = self.logs.shutdown_with_timeout(TIMEOUT);
    }
}

/// Logs are set up by variables, or go to an exporter of one's own.
fn log_variables(base: &str, token: Option<&str>) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", base.to_owned()),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", TIMEOUT.as_millis().to_string()),
        ("OTEL_BLRP_SCHEDULE_DELAY", SCHEDULE_DELAY.as_millis().to_string()),
    ];
    if let Some(token) = token {
        let encoded: Vec<String> = token.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let value = format!("authorization=Bearer%20{}", encoded.concat());
        variables.push(("OTEL_EXPORTER_OTLP_HEADERS", value));
    }
    variables
}

fn failed(error: impl Error + Send + Sync + 'static) -> DemoError {
    DemoError::Telemetry(Box::new(error))
}
