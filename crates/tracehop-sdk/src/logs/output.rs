use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::logs::{
    BatchConfig, BatchConfigBuilder, BatchLogProcessor, LogExporter, LogProcessor, LoggerProviderBuilder,
};

use super::console_exporter::ConsoleExporter;
#[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
use super::counting_log_processor::CountingLogProcessor;
use crate::InitError;
use crate::shared::Shared;
use crate::variables::{Lookup, ignored, positive};

const EXPORTER: &str = "OTEL_LOGS_EXPORTER";

/// Where records go to.
pub(super) struct Output(Box<Start>);

type Start = dyn FnOnce(LoggerProviderBuilder, BatchConfig, Redacting) -> LoggerProviderBuilder + Send;

/// What is taken out of records.
#[cfg(feature = "redaction")]
pub(super) type Redacting = Option<crate::Redaction>;
#[cfg(not(feature = "redaction"))]
pub(super) type Redacting = ();

/// Ends the waits of an exporter.
pub(super) type Stopper = Arc<dyn Fn() + Send + Sync>;

/// What became of records that were sent, and how to end that.
#[derive(Default)]
pub(super) struct Started {
    #[cfg(feature = "otlp")]
    pub(super) counters: crate::OtlpCounters,
    pub(super) stop: Option<Stopper>,
    /// Records that are to be sent, those that wait too.
    #[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
    pub(super) emitted: Arc<std::sync::atomic::AtomicU64>,
}

impl Output {
    pub(super) fn exporter(exporter: impl LogExporter + 'static) -> Self {
        Self(Box::new(move |provider, config, redacting| {
            let processor = BatchLogProcessor::builder(exporter).with_batch_config(config).build();
            add(provider, processor, redacting)
        }))
    }

    /// The same, and the records are counted that are to be sent.
    #[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
    fn counted(exporter: impl LogExporter + 'static, emitted: Arc<std::sync::atomic::AtomicU64>) -> Self {
        Self(Box::new(move |provider, config, redacting| {
            let processor = BatchLogProcessor::builder(exporter).with_batch_config(config).build();
            add(provider, CountingLogProcessor::new(processor, emitted), redacting)
        }))
    }

    /// Starts what was given in code, else what the variables say.
    pub(super) fn start(
        given: Option<Self>,
        redacting: Redacting,
        shared: &Shared,
        lookup: &Lookup,
        provider: LoggerProviderBuilder,
    ) -> Result<(LoggerProviderBuilder, Started), InitError> {
        let (output, started) = match (given, named(lookup).as_str()) {
            (Some(output), _) => (output, Started::default()),
            (None, "none") => return Ok((provider, Started::default())),
            (None, "console") => (Self::exporter(ConsoleExporter::default()), Started::default()),
            (None, _) => Self::otlp(shared, lookup)?,
        };
        Ok(((output.0)(provider, batches(lookup), redacting), started))
    }

    #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
    fn otlp(shared: &Shared, lookup: &Lookup) -> Result<(Self, Started), InitError> {
        use crate::otlp::{OtlpLogExporter, Signal};

        let mut exporter = OtlpLogExporter::new(shared.otlp(Signal::Logs, lookup))?;
        if let Some(millis) = positive(lookup, "OTEL_BLRP_EXPORT_TIMEOUT") {
            exporter.limit_timeout(Duration::from_millis(millis));
        }
        let stop = exporter.stop();
        let stop: Stopper = Arc::new(move || {
            stop.set();
        });
        let started = Started {
            counters: exporter.counters(),
            stop: Some(stop),
            #[cfg(feature = "init")]
            emitted: Arc::default(),
        };
        #[cfg(feature = "init")]
        let output = Self::counted(exporter, Arc::clone(&started.emitted));
        #[cfg(not(feature = "init"))]
        let output = Self::exporter(exporter);
        Ok((output, started))
    }

    #[cfg(not(any(feature = "otlp-http", feature = "otlp-grpc")))]
    fn otlp(_: &Shared, _: &Lookup) -> Result<(Self, Started), InitError> {
        Err(InitError::new("exporter", "without the features otlp-http and otlp-grpc one must be given"))
    }
}

#[cfg(feature = "redaction")]
fn add(
    provider: LoggerProviderBuilder,
    processor: impl LogProcessor + 'static,
    redacting: Redacting,
) -> LoggerProviderBuilder {
    match redacting {
        Some(redaction) => {
            provider.with_log_processor(crate::RedactingLogProcessor::new(processor, redaction))
        }
        None => provider.with_log_processor(processor),
    }
}

#[cfg(not(feature = "redaction"))]
fn add(
    provider: LoggerProviderBuilder,
    processor: impl LogProcessor + 'static,
    (): Redacting,
) -> LoggerProviderBuilder {
    provider.with_log_processor(processor)
}

/// The exporter that the variable names.
fn named(lookup: &Lookup) -> String {
    let value = lookup.get(EXPORTER).unwrap_or_default().to_ascii_lowercase();
    if !matches!(value.as_str(), "" | "otlp" | "none" | "console") {
        ignored(EXPORTER, "only otlp, console and none are supported; otlp is used instead");
    }
    value
}

/// The queue. All of it is set, for the SDK reads the environment of the process alone.
fn batches(lookup: &Lookup) -> BatchConfig {
    let number = |name, default: usize| {
        positive(lookup, name).and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
    };
    let queue = number("OTEL_BLRP_MAX_QUEUE_SIZE", 2_048);
    let batch = number("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", 512).min(queue);
    let delay = positive(lookup, "OTEL_BLRP_SCHEDULE_DELAY").unwrap_or(1_000);
    BatchConfigBuilder::default()
        .with_max_queue_size(queue)
        .with_max_export_batch_size(batch)
        .with_scheduled_delay(Duration::from_millis(delay))
        .build()
}
