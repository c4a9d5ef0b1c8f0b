use opentelemetry_sdk::trace::SpanExporter;

use super::error::TracesError;
use crate::shared::Shared;
use crate::variables::{Lookup, ignored};
use crate::{ChunkSpanProcessor, Drops};

const EXPORTER: &str = "OTEL_TRACES_EXPORTER";

/// Where finished spans go to.
pub(super) struct Output(Box<Start>);

type Start = dyn FnOnce(&Lookup) -> Result<ChunkSpanProcessor, TracesError> + Send;

/// What finished spans are given to, if to anything, and what it lost.
pub(super) struct Started {
    pub(super) processor: Option<ChunkSpanProcessor>,
    pub(super) drops: Drops,
}

impl Output {
    /// The exporter behind a processor with its usual settings.
    pub(super) fn exporter(exporter: impl SpanExporter + 'static) -> Self {
        Self(Box::new(|lookup| {
            let lookup = lookup.clone();
            let builder = ChunkSpanProcessor::builder(exporter).variables(move |name| lookup.raw(name));
            builder.build().map_err(|error| TracesError::new("exporter", no_thread(&error)))
        }))
    }

    /// A processor that runs already.
    pub(super) fn processor(processor: ChunkSpanProcessor) -> Self {
        Self(Box::new(|_| Ok(processor)))
    }

    /// Starts what was given in code, else what the variables say.
    pub(super) fn start(
        given: Option<Self>,
        shared: &Shared,
        lookup: &Lookup,
    ) -> Result<Started, TracesError> {
        let output = match given {
            Some(output) => output,
            None if is_none(lookup) => return Ok(Started { processor: None, drops: Drops::new() }),
            None => Self::otlp(shared, lookup)?,
        };
        let processor = (output.0)(lookup)?;
        let drops = processor.drops();
        Ok(Started { processor: Some(processor), drops })
    }

    #[cfg(any(feature = "otlp-http", feature = "otlp-grpc"))]
    fn otlp(shared: &Shared, lookup: &Lookup) -> Result<Self, TracesError> {
        let exporter = shared.otlp(crate::otlp::Signal::Traces, lookup).build()?;
        Ok(Self::exporter(exporter))
    }

    #[cfg(not(any(feature = "otlp-http", feature = "otlp-grpc")))]
    fn otlp(_: &Shared, _: &Lookup) -> Result<Self, TracesError> {
        Err(TracesError::new("exporter", "without the features otlp-http and otlp-grpc one must be given"))
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

fn no_thread(error: &std::io::Error) -> String {
    format!("its thread could not be started: {error}")
}
