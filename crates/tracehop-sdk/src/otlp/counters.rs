use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What became of the spans that an exporter was given: each is in exactly one of [`delivered`](Self::delivered),
/// [`unconfirmed`](Self::unconfirmed) and [`lost`](Self::lost) when the export ends.
///
/// Clones share the numbers, so keep one before the exporter goes into a processor. They only grow.
#[derive(Clone, Debug, Default)]
pub struct OtlpCounters(Arc<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    taken: AtomicU64,
    delivered: AtomicU64,
    unconfirmed: AtomicU64,
    rejected: AtomicU64,
    refused: AtomicU64,
    timed_out: AtomicU64,
    too_large: AtomicU64,
    panicked: AtomicU64,
    after_shutdown: AtomicU64,
    retries: AtomicU64,
    splits: AtomicU64,
}

impl OtlpCounters {
    /// Spans that the server accepted.
    pub fn delivered(&self) -> u64 {
        read(&self.0.delivered)
    }

    /// Spans of requests that were accepted by their status, but with an answer that is not OTLP's: it broke off, or was
    /// written by something that is no collector, such as the login page of a proxy.
    pub fn unconfirmed(&self) -> u64 {
        read(&self.0.unconfirmed)
    }

    /// Spans that are lost, for any of the reasons below.
    pub fn lost(&self) -> u64 {
        self.rejected()
            + self.refused()
            + self.timed_out()
            + self.too_large()
            + self.panicked()
            + self.after_shutdown()
    }

    /// Lost: spans of accepted requests which the server says it rejected (a partial success).
    pub fn rejected(&self) -> u64 {
        read(&self.0.rejected)
    }

    /// Lost: spans of requests that would be refused again.
    pub fn refused(&self) -> u64 {
        read(&self.0.refused)
    }

    /// Lost: spans of requests that might have been accepted later, but not within the timeout.
    pub fn timed_out(&self) -> u64 {
        read(&self.0.timed_out)
    }

    /// Lost: spans that are too large by themselves.
    pub fn too_large(&self) -> u64 {
        read(&self.0.too_large)
    }

    /// Lost: spans of requests during which the transport panicked.
    pub fn panicked(&self) -> u64 {
        read(&self.0.panicked)
    }

    /// Lost: spans that came after the exporter was shut down, or while it waited for the next attempt.
    pub fn after_shutdown(&self) -> u64 {
        read(&self.0.after_shutdown)
    }

    /// Spans that were given to the exporter and have not arrived: they are lost, or on their way.
    #[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
    pub(crate) fn undelivered(&self) -> u64 {
        self.not_arrived_of(read(&self.0.taken))
    }

    /// How many of so many have not arrived.
    #[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
    pub(crate) fn not_arrived_of(&self, all: u64) -> u64 {
        all.saturating_sub(self.delivered() + self.unconfirmed())
    }

    /// Requests that were sent once more.
    pub fn retries(&self) -> u64 {
        read(&self.0.retries)
    }

    /// Requests that were too large and were split.
    pub fn splits(&self) -> u64 {
        read(&self.0.splits)
    }

    pub(super) fn add_taken(&self, spans: usize) {
        add(&self.0.taken, spans);
    }

    pub(super) fn add_delivered(&self, spans: usize) {
        add(&self.0.delivered, spans);
    }

    pub(super) fn add_unconfirmed(&self, spans: usize) {
        add(&self.0.unconfirmed, spans);
    }

    pub(super) fn add_rejected(&self, spans: usize) {
        add(&self.0.rejected, spans);
    }

    pub(super) fn add_refused(&self, spans: usize) {
        add(&self.0.refused, spans);
    }

    pub(super) fn add_timed_out(&self, spans: usize) {
        add(&self.0.timed_out, spans);
    }

    pub(super) fn add_too_large(&self, spans: usize) {
        add(&self.0.too_large, spans);
    }

    pub(super) fn add_panicked(&self, spans: usize) {
        add(&self.0.panicked, spans);
    }

    pub(super) fn add_after_shutdown(&self, spans: usize) {
        add(&self.0.after_shutdown, spans);
    }

    pub(super) fn add_retry(&self) {
        add(&self.0.retries, 1);
    }

    pub(super) fn add_split(&self) {
        add(&self.0.splits, 1);
    }
}

fn read(number: &AtomicU64) -> u64 {
    number.load(Ordering::Relaxed)
}

fn add(number: &AtomicU64, count: usize) {
    number.fetch_add(count as u64, Ordering::Relaxed);
}
