//! A demo that runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::config::DemoConfig;
use super::counts::{Counters, DemoCounts};
use super::demo_error::DemoError;
use super::pace::Pace;
use super::pipeline::Pipeline;
use super::service::Shared;

/// How long the end may take. Nothing waits by then, so it takes a fraction of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A demo that runs until it is [stopped](Self::stop).
///
/// If it is dropped, what its services have not sent is sent meanwhile, which blocks the thread for up to some seconds.
#[must_use = "a demo that is dropped ends"]
pub struct Demo {
    hurry: watch::Sender<bool>,
    counters: Arc<Counters>,
    pipeline: Pipeline,
}

/// Starts the shop, inside a runtime of tokio. The first order is placed at once.
///
/// # Errors
///
/// The rate is out of range, or the endpoint is no address. That nobody is there is no error: spans are lost then, and counted.
pub fn start(config: &DemoConfig) -> Result<Demo, DemoError> {
    if !(0.1..=100.0).contains(&config.rate) {
        return Err(DemoError::Rate(config.rate));
    }
    Handle::try_current().map_err(|_| DemoError::Runtime)?;
    let (hurry, pace) = Pace::new();
    let counters = Arc::<Counters>::default();
    let pipeline = Pipeline::start(config, &Shared { pace, counters: Arc::clone(&counters) })?;
    Ok(Demo { hurry, counters, pipeline })
}

impl Demo {
    /// What was sent so far.
    pub fn sent(&self) -> DemoCounts {
        let mut counts = self.counters.read();
        for (service, telemetry) in &self.pipeline.telemetry {
            counts.spans.insert(service, telemetry.delivered.delivered());
            counts.lost += telemetry.traces.drops().total() + telemetry.delivered.unconfirmed();
        }
        counts
    }

    /// Takes no more orders, lets those that are under way come to their end without waiting for anything, and sends what is left.
    /// Returns all that was sent.
    pub async fn stop(mut self) -> DemoCounts {
        let _ = self.hurry.send(true);
        let Pipeline { sources, workers, in_flight, telemetry } = &mut self.pipeline;
        let end = async {
            while sources.join_next().await.is_some() {}
            in_flight.none().await;
        };
        // If it takes too long, spans of what is under way are missing: they end here, as abandoned.
        let _ = timeout(PATIENCE, end).await;
        sources.shutdown().await;
        workers.shutdown().await;

        let telemetry = std::mem::take(telemetry);
        let mut stopping = JoinSet::new();
        for (service, telemetry) in telemetry {
            stopping.spawn_blocking(move || {
                telemetry.stop();
                (service, telemetry)
            });
        }
        while let Some(stopped) = stopping.join_next().await {
            self.pipeline.telemetry.extend(stopped);
        }
        self.sent()
    }
}

impl std::fmt::Debug for Demo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Demo").field("sent", &self.sent()).finish_non_exhaustive()
    }
}
