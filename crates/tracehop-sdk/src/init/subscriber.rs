use std::io::Write;
use std::sync::Arc;

use opentelemetry::trace::TracerProvider;
use tracehop::TracingBridge;
use tracing_core::{Dispatch, Subscriber};
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::internal_log::InternalLog;
use super::log_format::LogFormat;
use super::log_line::LogLine;
use crate::logs::is_of_exporters;
use crate::shared::Shared;
use crate::variables::Lookup;
use crate::{InitError, Logs, Traces};

/// Where lines go to.
pub(super) type LogWriter = Arc<dyn Fn() -> Box<dyn Write> + Send + Sync>;

const FILTER: &str = "RUST_LOG";

/// The target of spans that stand for the handling of messages.
const PROCESS: &str = "tracehop::process";

/// What is written on this machine, and how.
pub(super) struct LocalLog {
    pub(super) format: LogFormat,
    pub(super) writer: LogWriter,
    /// Directives that were looked at.
    pub(super) filter: String,
}

impl LocalLog {
    /// The directives that were given, else those of the variable, else those for all that is worth to be told.
    pub(super) fn filter(given: Option<String>, lookup: &Lookup) -> Result<String, InitError> {
        let (setting, text) = match given {
            Some(text) => ("log_filter", text),
            None => (FILTER, lookup.get(FILTER).unwrap_or_else(|| "info".to_owned())),
        };
        match EnvFilter::builder().parse(&text) {
            Ok(_) => Ok(text),
            Err(error) => Err(InitError::new(setting, error)),
        }
    }

    /// A subscriber that writes here alone.
    pub(super) fn alone(&self, shared: &Shared) -> Dispatch {
        let subscriber = tracing_subscriber::registry();
        subscriber.with(self.env_filter()).with(InternalLog::new(shared.clone())).with(self.layer()).into()
    }

    /// A subscriber that writes here, makes records of logs, and spans of spans.
    pub(super) fn with(
        &self,
        shared: &Shared,
        traces: &Traces,
        logs: &Logs,
        bridge: &TracingBridge,
    ) -> Dispatch {
        let subscriber = tracing_subscriber::registry();
        let subscriber = subscriber.with(self.env_filter()).with(InternalLog::new(shared.clone()));
        // The spans come first, for theirs are the identifiers that the others show.
        subscriber.with(spans(traces, bridge)).with(logs.layer()).with(self.layer()).into()
    }

    /// What is logged in a handler belongs to its message, also if nothing below a warning counts otherwise.
    fn env_filter(&self) -> EnvFilter {
        let is_said = self.filter.contains(PROCESS);
        let text = if is_said { self.filter.clone() } else { format!("{},{PROCESS}=info", self.filter) };
        EnvFilter::builder().parse_lossy(text)
    }

    fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let writer = Arc::clone(&self.writer);
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer());
        layer.event_format(LogLine(self.format))
    }
}

/// Spans of `tracing` as spans of OpenTelemetry, but those of exporters. That of a message's handling is the one that there is.
fn spans<S>(traces: &Traces, bridge: &TracingBridge) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    let layer =
        tracing_opentelemetry::layer().with_tracer(bridge.tracer(traces.provider().tracer("tracing")));
    layer.with_filter(filter_fn(|metadata| !is_of_exporters(metadata)))
}
