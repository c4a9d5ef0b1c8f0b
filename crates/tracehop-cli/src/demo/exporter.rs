//! An exporter for a machine whose clock is wrong.

use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

/// Exports spans with the times that a machine would give them whose clock is ahead.
#[derive(Debug)]
pub(super) struct ClockAhead<E> {
    pub(super) exporter: E,
    pub(super) by: Duration,
}

impl<E: SpanExporter> SpanExporter for ClockAhead<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            span.start_time += self.by;
            span.end_time += self.by;
            for event in &mut span.events.events {
                event.timestamp += self.by;
            }
        }
        self.exporter.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
