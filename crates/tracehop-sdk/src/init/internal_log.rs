use std::collections::{HashMap, HashSet};
use std::fmt::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing_core::field::{Field, Visit};
use tracing_core::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::shared::Shared;

/// The same is told no more often than this.
const AT_MOST_EVERY: Duration = Duration::from_secs(60);

/// What is told for each batch that fails, and what follows from an endpoint that is away: that endpoint is told of already.
const OF_AN_OUTAGE: [&str; 8] = [
    "BatchLogProcessor.ExportError",
    "BatchLogProcessor.LogDroppingStarted",
    "BatchLogProcessor.LogsDropped",
    "BatchSpanProcessor.ExportError",
    "BatchSpanProcessor.SpanDroppingStarted",
    "ChunkSpanProcessor.SpanDroppingStarted",
    "ChunkSpanProcessor.SpansDropped",
    "PeriodicReader.ExportError",
];

/// What follows from a shutdown that had not enough time, which [`Telemetry`](crate::Telemetry) tells of in one line.
const OF_A_SHUTDOWN: [&str; 3] = [
    "BatchLogProcessor.Shutdown.Timeout",
    "ChunkSpanProcessor.Shutdown.Timeout",
    "ChunkSpanProcessor.SpansDropped",
];

/// Lets warnings and errors of OpenTelemetry's internal log through once a minute each, and those that an outage makes not at all
/// while there is one. Other events are none of its business.
pub(super) struct InternalLog {
    shared: Shared,
    told: Mutex<HashMap<&'static str, Instant>>,
    /// What was wrong with variables. Each signal reads those of all signals.
    ignored: Mutex<HashSet<String>>,
}

impl InternalLog {
    pub(super) fn new(shared: Shared) -> Self {
        Self { shared, told: Mutex::default(), ignored: Mutex::default() }
    }

    fn tells(&self, event: &Event<'_>, now: Instant) -> bool {
        let metadata = event.metadata();
        let is_internal =
            metadata.target().starts_with("opentelemetry") || metadata.target() == "tracehop-sdk";
        if !is_internal || *metadata.level() > Level::WARN || is_told_in_full(metadata.name()) {
            return true;
        }
        if is_told_once(metadata) {
            let mut fields = Fields(String::new());
            event.record(&mut fields);
            return self.ignored.lock().unwrap_or_else(PoisonError::into_inner).insert(fields.0);
        }
        if OF_AN_OUTAGE.contains(&metadata.name()) && self.shared.has_outage() {
            return false;
        }
        if OF_A_SHUTDOWN.contains(&metadata.name()) && self.shared.is_ending() {
            return false;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let last = told.get(metadata.name());
        if last.is_some_and(|last| now.duration_since(*last) < AT_MOST_EVERY) {
            return false;
        }
        told.insert(metadata.name(), now);
        true
    }
}

/// Of these each one says something else, and they are few.
fn is_told_in_full(name: &str) -> bool {
    name == "OtlpExporter.Failing" || name == "Telemetry.Shutdown.Incomplete"
}

/// Of these each one says something else too, but all signals may say it.
fn is_told_once(metadata: &Metadata<'_>) -> bool {
    metadata.name().ends_with(".VariableIgnored") || metadata.name().ends_with(".SettingIgnored")
}

/// All fields of an event, one after the other.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // A text has room for whatever there is.
        let _written = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl<S: Subscriber> Layer<S> for InternalLog {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        self.tells(event, Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Which events are told, in their order.
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<&'static str>>>);

    impl<S: Subscriber> Layer<S> for Told {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(event.metadata().name());
        }
    }

    #[test]
    fn the_same_is_told_once_a_minute_and_what_others_log_always() {
        let told = Told::default();
        let subscriber =
            tracing_subscriber::registry().with(InternalLog::new(Shared::default())).with(told.clone());
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..3 {
                tracing::warn!(name: "PeriodicReader.ExportError", target: "opentelemetry_sdk", "x");
                tracing::error!(name: "Another", target: "tracehop-sdk", "x");
                tracing::warn!(name: "OtlpExporter.Failing", target: "tracehop-sdk", "x");
                tracing::info!(name: "OtlpExporter.Recovered", target: "tracehop-sdk", "x");
                tracing::error!(name: "orders", target: "orders", "x");
            }
        });
        let told = told.0.lock().unwrap();
        let count = |name| told.iter().filter(|told| **told == name).count();
        assert_eq!((count("PeriodicReader.ExportError"), count("Another")), (1, 1));
        assert_eq!((count("OtlpExporter.Failing"), count("OtlpExporter.Recovered")), (3, 3));
        assert_eq!(count("orders"), 3);
    }
}
