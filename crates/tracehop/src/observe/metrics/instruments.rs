//! The instruments of one meter.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, Ordering};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

use super::messaging_metrics::MessagingMetrics;
use crate::semconv;

/// In seconds, as the conventions advise.
const DURATIONS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// In seconds: from what a queue adds to every message to four hours.
const TIMES_IN_QUEUE: [f64; 14] =
    [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0];

/// The first deliveries, one by one.
const ATTEMPTS: [f64; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0, 20.0, 50.0];

pub(super) struct Instruments {
    pub(super) operation_duration: Histogram<f64>,
    pub(super) process_duration: Histogram<f64>,
    pub(super) sent: Counter<u64>,
    pub(super) consumed: Counter<u64>,
    pub(super) contexts: Counter<u64>,
    pub(super) problems: Counter<u64>,
    #[cfg(feature = "metrics-bound")]
    pub(super) are_bound: bool,
    /// `None` if nobody asked for them.
    pub(super) queue: Option<QueueInstruments>,
}

pub(super) struct QueueInstruments {
    pub(super) time: Histogram<f64>,
    pub(super) attempts: Histogram<u64>,
    pub(super) skewed: Counter<u64>,
}

impl Instruments {
    /// Makes them. Whenever the meter collects, `tell` tells the counters what was counted, and says how many destinations there
    /// are: the SDK calls all callbacks before it looks at what instruments have.
    pub(super) fn new(
        meter: &Meter,
        settings: &MessagingMetrics,
        tell: impl Fn() -> Option<u64> + Send + Sync + 'static,
    ) -> Self {
        // The observations of two tracers of one provider would take each other's place.
        static TRACERS: AtomicI64 = AtomicI64::new(1);
        let tracer = KeyValue::new(semconv::TRACEHOP_TRACER, TRACERS.fetch_add(1, Ordering::Relaxed));
        meter
            .u64_observable_gauge(semconv::TRACEHOP_METRICS_DESTINATIONS)
            .with_unit("{destination}")
            .with_description("How many destinations have series of their own.")
            .with_callback(move |gauge| {
                if let Some(destinations) = tell() {
                    gauge.observe(destinations, std::slice::from_ref(&tracer));
                }
            })
            .build();
        Self {
            operation_duration: histogram(
                meter,
                semconv::MESSAGING_CLIENT_OPERATION_DURATION,
                "Duration of messaging operation initiated by a producer or consumer client.",
                &DURATIONS,
            ),
            process_duration: histogram(
                meter,
                semconv::MESSAGING_PROCESS_DURATION,
                "Duration of processing operation.",
                &DURATIONS,
            ),
            sent: counter(
                meter,
                semconv::MESSAGING_CLIENT_SENT_MESSAGES,
                "{message}",
                "Number of messages producer attempted to send to the broker.",
            ),
            consumed: counter(
                meter,
                semconv::MESSAGING_CLIENT_CONSUMED_MESSAGES,
                "{message}",
                "Number of messages that were delivered to the application.",
            ),
            contexts: counter(
                meter,
                semconv::TRACEHOP_PROPAGATION_CONTEXTS,
                "{message}",
                "Messages by what became of their creation context.",
            ),
            problems: counter(
                meter,
                semconv::TRACEHOP_PROPAGATION_PROBLEMS,
                "{problem}",
                "What was wrong with the context headers of messages.",
            ),
            #[cfg(feature = "metrics-bound")]
            are_bound: settings.bound_instruments,
            queue: settings.queue_times.then(|| QueueInstruments::new(meter)),
        }
    }
}

impl QueueInstruments {
    fn new(meter: &Meter) -> Self {
        let attempts = meter
            .u64_histogram(semconv::TRACEHOP_MESSAGE_DELIVERY_ATTEMPT)
            .with_unit("{attempt}")
            .with_description("How many times a message was delivered, this time included.")
            .with_boundaries(ATTEMPTS.to_vec())
            .build();
        Self {
            time: histogram(
                meter,
                semconv::TRACEHOP_MESSAGE_TIME_IN_QUEUE,
                "From the sending of a message to its delivery.",
                &TIMES_IN_QUEUE,
            ),
            attempts,
            skewed: counter(
                meter,
                semconv::TRACEHOP_MESSAGE_SKEWED,
                "{message}",
                "Messages that were delivered before they were sent, as the clocks have it.",
            ),
        }
    }
}

fn histogram(meter: &Meter, name: &'static str, description: &'static str, bounds: &[f64]) -> Histogram<f64> {
    meter
        .f64_histogram(name)
        .with_unit("s")
        .with_description(description)
        .with_boundaries(bounds.to_vec())
        .build()
}

fn counter(
    meter: &Meter,
    name: &'static str,
    unit: &'static str,
    description: impl Into<Cow<'static, str>>,
) -> Counter<u64> {
    meter.u64_counter(name).with_unit(unit).with_description(description).build()
}
