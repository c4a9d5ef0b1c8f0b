//! Whether there are metrics, and of which meter.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::global;
use opentelemetry::metrics::MeterProvider;

use super::messaging_metrics::MessagingMetrics;
use super::series::Series;
use super::series_table::SeriesTable;
use crate::observe::RouteFacts;
use crate::observe::tracer_source::scope;

/// The metrics of one tracer, if it has any.
#[derive(Default)]
pub(crate) struct Metrics(Option<Box<Source>>);

struct Source {
    settings: MessagingMetrics,
    table: RwLock<Arc<SeriesTable>>,
    /// `None` if the meter was given.
    global: Option<Global>,
    /// Changed when series that routes remember are no longer those of the meter.
    version: Arc<AtomicU64>,
}

struct Global {
    provider: Mutex<Arc<dyn MeterProvider + Send + Sync>>,
    /// The second in which it was last looked whether this is still the application's.
    looked: AtomicU64,
}

impl Metrics {
    /// `version` is that of the routes.
    pub(crate) fn new(settings: MessagingMetrics, version: Arc<AtomicU64>) -> Self {
        let (table, global) = if let Some(meter) = &settings.meter {
            (SeriesTable::new(meter, &settings), None)
        } else {
            let provider = global::meter_provider();
            let table = SeriesTable::new(&provider.meter_with_scope(scope().clone()), &settings);
            let global = Global { provider: Mutex::new(provider), looked: AtomicU64::new(0) };
            (table, Some(global))
        };
        Self(Some(Box::new(Source { settings, table: RwLock::new(table), global, version })))
    }

    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The series of a route. It is asked for when the route is resolved.
    pub(crate) fn series(&self, facts: &RouteFacts<'_>) -> Option<Arc<Series>> {
        let source = self.0.as_ref()?;
        Some(source.table().series(facts))
    }

    /// Follows the application's global provider. It is looked at once a second at most.
    #[inline]
    pub(crate) fn follow(&self, now: SystemTime) {
        if let Some((source, global)) =
            self.0.as_ref().and_then(|source| Some((source, source.global.as_ref()?)))
        {
            let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            if global.looked.load(Ordering::Relaxed) != second {
                global.looked.store(second, Ordering::Relaxed);
                source.look(global);
            }
        }
    }
}

impl Source {
    fn table(&self) -> Arc<SeriesTable> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    #[cold]
    fn look(&self, global: &Global) {
        let now = global::meter_provider();
        let mut known = global.provider.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&*known, &now) {
            let table = SeriesTable::new(&now.meter_with_scope(scope().clone()), &self.settings);
            // What the last one counted and did not tell goes to its own instruments.
            std::mem::replace(&mut *self.table.write().unwrap_or_else(PoisonError::into_inner), table).tell();
            *known = now;
            self.version.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Metrics").field(&self.0.as_ref().map(|source| &source.settings)).finish()
    }
}
