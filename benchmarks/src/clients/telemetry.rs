//! What a process exports its spans with, as an application sets it up once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, WithExportConfig};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};
use tracing_subscriber::layer::SubscriberExt;

use tracehop::MessagingTracer;
use tracehop_sdk::{ChunkSpanProcessor, OtlpExporter, Traces};

use super::cell::{Pipeline, Style};
use crate::discard::Discard;
use crate::mode::Mode;

/// The process's provider.
pub(crate) struct Telemetry {
    provider: Option<SdkTracerProvider>,
    /// What made it, if that was tracehop-sdk.
    traces: Option<Traces>,
    /// Spans that an exporter dropped.
    dropped: Arc<AtomicU64>,
    pipeline: Pipeline,
}

impl Telemetry {
    /// Sets the globals of the process up. `sink` is where OTLP goes to.
    pub(crate) fn start(pipeline: Pipeline, style: Style, sink: &str) -> anyhow::Result<Self> {
        let dropped = Arc::<AtomicU64>::default();
        let builder = SdkTracerProvider::builder();
        let dropping = Dropping(Arc::clone(&dropped));
        let traces = match pipeline {
            _ if style != Style::Whole => None,
            Pipeline::Dropped | Pipeline::Unsampled => Some(set_up(chunks(dropping.clone())?)?),
            Pipeline::Otlp => {
                let exporter = OtlpExporter::builder().endpoint(format!("http://{sink}/v1/traces"));
                Some(set_up(chunks(exporter.build()?)?)?)
            }
            _ => None,
        };
        let provider = match pipeline {
            _ if traces.is_some() => traces.as_ref().map(Traces::provider).cloned(),
            Pipeline::NoSdk => None,
            Pipeline::Unsampled | Pipeline::Dropped => {
                Some(builder.with_span_processor(batch(dropping)).build())
            }
            Pipeline::Otlp => {
                let exporter = opentelemetry_otlp::SpanExporter::builder()
                    .with_http()
                    .with_protocol(Protocol::HttpBinary)
                    .with_endpoint(format!("http://{sink}/v1/traces"))
                    .build()?;
                Some(builder.with_span_processor(batch(exporter)).build())
            }
            Pipeline::Discarded => Some(builder.with_span_processor(Discard).build()),
        };
        global::set_text_map_propagator(TraceContextPropagator::new());
        if let Some(provider) = &provider {
            global::set_tracer_provider(provider.clone());
            if style == Style::Tracing {
                // No more than the other styles: neither code locations, nor threads, nor idle times. Spans alone, and of this
                // program alone, because the clients have their own.
                let layer = tracing_opentelemetry::layer()
                    .with_tracer(provider.tracer("checkout"))
                    .with_location(false)
                    .with_threads(false)
                    .with_tracked_inactivity(false);
                let ours = tracing_subscriber::filter::filter_fn(|of| of.target().starts_with("benchmarks"));
                let layer = tracing_subscriber::Layer::with_filter(layer, ours);
                tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
            }
        }
        Ok(Self { provider, traces, dropped, pipeline })
    }

    /// The tracer of tracehop's wrappers: that of tracehop-sdk's set-up, or the global one.
    pub(crate) fn messaging_tracer(&self) -> MessagingTracer {
        self.traces.as_ref().map_or_else(MessagingTracer::global, Traces::messaging_tracer)
    }

    pub(crate) fn mode(&self) -> Mode {
        match self.pipeline {
            Pipeline::NoSdk => Mode::NoSdk,
            Pipeline::Unsampled => Mode::Unsampled,
            Pipeline::Dropped | Pipeline::Otlp | Pipeline::Discarded => Mode::Sampled,
        }
    }

    /// Waits until all spans were exported.
    pub(crate) fn drain(&self) -> anyhow::Result<()> {
        Ok(self.provider.as_ref().map_or(Ok(()), SdkTracerProvider::force_flush)?)
    }

    /// Spans so far that reached an exporter that drops.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Room for a slice, because a full queue drops, and dropping is cheap.
const QUEUE: usize = 65_536;
const BATCH: usize = 512;
const DELAY: Duration = Duration::from_millis(200);

/// The SDK's batch processor.
fn batch(exporter: impl SpanExporter + 'static) -> BatchSpanProcessor {
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(DELAY)
        .build();
    BatchSpanProcessor::builder(exporter).with_batch_config(config).build()
}

/// That of `tracehop-sdk`, set alike.
fn chunks(exporter: impl SpanExporter + 'static) -> std::io::Result<ChunkSpanProcessor> {
    ChunkSpanProcessor::builder(exporter)
        .max_queue_size(QUEUE)
        .max_export_batch_size(BATCH)
        .schedule_delay(DELAY)
        .build()
}

fn set_up(processor: ChunkSpanProcessor) -> anyhow::Result<Traces> {
    // Whatever the environment says.
    Ok(Traces::builder("checkout").variables(|_| None).processor(processor).build()?)
}

#[derive(Clone, Debug)]
struct Dropping(Arc<AtomicU64>);

impl SpanExporter for Dropping {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}
