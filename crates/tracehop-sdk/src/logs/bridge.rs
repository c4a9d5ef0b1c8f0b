use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use tracing_core::{Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// Crates that export, or that exporters are made of: what they log when a log is exported would be exported too, without end.
/// What exporters log on threads of this crate's or the SDK's is suppressed anyhow.
const OF_EXPORTERS: [&str; 10] = [
    "opentelemetry",
    "tracehop-sdk",
    "tracehop_sdk",
    "hyper",
    "h2",
    "tonic",
    "tower",
    "reqwest",
    "ureq",
    "rustls",
];

/// Those that are several crates.
const FAMILIES: [&str; 2] = ["opentelemetry", "hyper"];

/// Events of `tracing` as records of a log, with the identifiers of the current span of OpenTelemetry.
pub(super) fn layer<S>(provider: &SdkLoggerProvider) -> impl Layer<S> + Send + Sync + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    OpenTelemetryTracingBridge::new(provider).with_filter(filter_fn(|metadata| !is_of_exporters(metadata)))
}

/// Whether an event or span is of one of those crates.
pub(crate) fn is_of_exporters(metadata: &Metadata<'_>) -> bool {
    let name = metadata.target().split("::").next().unwrap_or_default();
    OF_EXPORTERS.contains(&name)
        || FAMILIES.iter().any(|family| {
            let rest = name.strip_prefix(family);
            rest.is_some_and(|rest| rest.starts_with(['_', '-']))
        })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::{Context, SubscriberExt};

    use super::*;

    #[derive(Clone, Default)]
    struct Targets(Arc<Mutex<Vec<(String, bool)>>>);

    impl<S: Subscriber> Layer<S> for Targets {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
            let metadata = event.metadata();
            self.0.lock().unwrap().push((metadata.target().to_owned(), is_of_exporters(metadata)));
        }
    }

    #[test]
    fn crates_of_exporters_are_known_by_their_targets() {
        macro_rules! log {
            ($($target:literal),*) => { $(tracing::error!(target: $target, "x");)* };
        }
        let seen = Targets::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(seen.clone()), || {
            log!("opentelemetry_sdk", "opentelemetry", "opentelemetry-otlp", "h2::client", "tower::buffer");
            log!("hyper_util::client", "tracehop-sdk", "rustls");
            log!("orders", "tower_http::trace", "h2o", "tracehop_kafka", "hyperspace", "");
        });
        for (index, (target, is_of_exporters)) in seen.0.lock().unwrap().iter().enumerate() {
            assert_eq!(*is_of_exporters, index < 8, "{target}");
        }
        assert_eq!(seen.0.lock().unwrap().len(), 14);
    }
}
