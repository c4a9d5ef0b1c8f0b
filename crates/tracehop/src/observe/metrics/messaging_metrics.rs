//! Which metrics are made, and where they go.

use std::fmt;

use opentelemetry::metrics::{Meter, MeterProvider};

use crate::observe::tracer_source::scope;

/// How many destinations have series of their own unless told otherwise.
const MAX_DESTINATIONS: usize = 1000;

/// The metrics of everything that is done with messages: what [`MessagingTracerBuilder::metrics`] takes.
///
/// | Instrument | Kind, unit | What |
/// |---|---|---|
/// | `messaging.client.operation.duration` | histogram, `s` | Each send, receive and settlement |
/// | `messaging.process.duration` | histogram, `s` | Each handling of a message, or of a batch |
/// | `messaging.client.sent.messages` | counter, `{message}` | Messages that were sent, or tried to be |
/// | `messaging.client.consumed.messages` | counter, `{message}` | Messages that were delivered to the application, each delivery once |
/// | `tracehop.propagation.contexts` | counter, `{message}` | Messages by what became of their context: `tracehop.propagation.outcome` |
/// | `tracehop.propagation.problems` | counter, `{problem}` | What was wrong with context headers: `tracehop.problem` |
/// | `tracehop.metrics.destinations` | gauge, `{destination}` | How many destinations have series of their own, by `tracehop.tracer` |
/// | `tracehop.message.time_in_queue` | histogram, `s` | [If asked for](Self::queue_times): from sending to delivery |
/// | `tracehop.message.skewed` | counter, `{message}` | With it: messages that seem to come from the future |
/// | `tracehop.message.delivery_attempt` | histogram, `{attempt}` | With it: how many times a message was delivered, where the broker tells |
///
/// The first four are those of the [conventions], with their buckets and attributes. They are recorded whether or not the
/// operation has a span, and whether or not there is an SDK for traces. If there is a span, the duration is the span's, and so is
/// `error.type`.
///
/// # Cardinality
///
/// A destination stands in the attributes as in the span's name: by its template, or by its name if that is one of few. It is
/// left out otherwise. At most [`max_destinations`](Self::max_destinations) have series of their own. All others share
/// series that have `tracehop.destination.overflow` in the destination's place. No identifiers are recorded, and the
/// [partition](Self::partitions) only if asked for. Of the values of `error.type` each series keeps 32, and counts others as
/// `_OTHER`.
///
/// # Cost
///
/// Counters are atomics, which the meter reads when it collects. A duration is handed to the meter at once. All of it takes some 180 ns
/// a message with OpenTelemetry's SDK, or 70 ns with the feature `metrics-bound`.
///
/// [conventions]: https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/messaging-metrics.md
/// [`MessagingTracerBuilder::metrics`]: crate::MessagingTracerBuilder::metrics
///
/// ```
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
/// use tracehop::{MessagingMetrics, MessagingTracer};
///
/// let meters = SdkMeterProvider::default();
/// let metrics = MessagingMetrics::of(&meters).queue_times(true).max_destinations(200);
/// let tracer = MessagingTracer::builder().metrics(metrics).build();
/// ```
#[derive(Clone)]
#[must_use = "metrics are made once a tracer has them"]
pub struct MessagingMetrics {
    /// `None`: of the application's global provider, whichever that is.
    pub(super) meter: Option<Meter>,
    pub(super) queue_times: bool,
    pub(super) partitions: bool,
    #[cfg(feature = "metrics-bound")]
    pub(super) bound_instruments: bool,
    pub(super) max_destinations: usize,
}

impl MessagingMetrics {
    /// Metrics of this provider.
    pub fn of(provider: &(impl MeterProvider + ?Sized)) -> Self {
        Self { meter: Some(provider.meter_with_scope(scope().clone())), ..Self::global() }
    }

    /// Metrics of the application's global provider. One that is installed later, or that takes another's place, is found within
    /// a second.
    pub fn global() -> Self {
        Self {
            meter: None,
            queue_times: false,
            partitions: false,
            #[cfg(feature = "metrics-bound")]
            bound_instruments: true,
            max_destinations: MAX_DESTINATIONS,
        }
    }

    /// Whether the time from sending to delivery is recorded, and how often the message was delivered. The default: they are not,
    /// because each is another record for each message.
    ///
    /// The time is as exact as the two clocks, and as what the broker or the sender wrote: RabbitMQ has whole seconds. It is
    /// never negative. A message that seems to come from the future is counted in `tracehop.message.skewed`.
    pub fn queue_times(self, enabled: bool) -> Self {
        Self { queue_times: enabled, ..self }
    }

    /// Whether durations, counts and times of messages have `messaging.destination.partition.id`, if the partition is known. The
    /// default: they have not. With it, each message is asked for its partition, and each partition has series of its own, up
    /// to 1,000 of a destination.
    pub fn partitions(self, enabled: bool) -> Self {
        Self { partitions: enabled, ..self }
    }

    /// Whether instruments know their attributes. The default: they do, because that is what the feature `metrics-bound` is for.
    /// A provider that knows no such instruments loses what is recorded with them: OpenTelemetry's SDK without its feature
    /// `experimental_metrics_bound_instruments`, for example.
    #[cfg(feature = "metrics-bound")]
    #[cfg_attr(docsrs, doc(cfg(feature = "metrics-bound")))]
    pub fn bound_instruments(self, enabled: bool) -> Self {
        Self { bound_instruments: enabled, ..self }
    }

    /// How many destinations have series of their own, of this tracer and its clones. The default: 1,000. The SDK has a limit too, of 2,000 series for each
    /// instrument unless a view says otherwise.
    pub fn max_destinations(self, most: usize) -> Self {
        Self { max_destinations: most, ..self }
    }
}

impl fmt::Debug for MessagingMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagingMetrics")
            .field("is_global", &self.meter.is_none())
            .field("queue_times", &self.queue_times)
            .field("partitions", &self.partitions)
            .field("max_destinations", &self.max_destinations)
            .finish_non_exhaustive()
    }
}
