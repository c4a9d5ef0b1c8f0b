//! Durations, kept so that their percentiles can be read.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::latency::Latency;

/// How many durations are kept one by one. So many take 32 KiB; a histogram takes up to 200 KiB, however few it holds, and a
/// map has hundreds of arrows.
const FEW: usize = 4_096;

/// The longest duration that percentiles tell apart from longer ones, in nanoseconds: 73 years.
const LONGEST: u64 = 1 << 61;

/// Significant digits of a histogram.
const DIGITS: u8 = 3;

/// Durations, kept so that their percentiles can be read and so that they can be merged with others.
///
/// The first 4,096 are kept as they are. More of them make a histogram with three significant digits, which takes the same memory
/// however many there are. Durations above 73 years count as 73 years; only [`Latency::max`] tells them.
///
/// ```
/// use std::time::Duration;
/// use tracehop_journey::Durations;
///
/// let mut all: Durations = (1..=90).map(Duration::from_millis).collect();
/// all.merge(&(91..=100).map(Duration::from_millis).collect());
/// let latency = all.latency();
/// assert_eq!((latency.count, latency.p50), (100, Duration::from_millis(50)));
/// assert_eq!((latency.p99, latency.max), (Duration::from_millis(99), Duration::from_millis(100)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Durations {
    samples: Samples,
    longest: Duration,
}

#[derive(Clone, Debug)]
enum Samples {
    /// In nanoseconds.
    Few(Vec<u64>),
    /// In a box: most groups have few, and there may be many groups.
    Many(Box<Histogram<u32>>),
}

impl Default for Samples {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Durations {
    /// Adds one.
    pub fn record(&mut self, duration: Duration) {
        self.longest = self.longest.max(duration);
        self.samples.add(u64::try_from(duration.as_nanos()).unwrap_or(LONGEST).min(LONGEST));
    }

    /// Adds all of `others`.
    pub fn merge(&mut self, others: &Self) {
        self.longest = self.longest.max(others.longest);
        match &others.samples {
            Samples::Few(samples) => {
                for &sample in samples {
                    self.samples.add(sample);
                }
            }
            Samples::Many(histogram) => {
                let mut merged = histogram.clone();
                match &self.samples {
                    Samples::Few(samples) => record_all(&mut merged, samples),
                    // It grows as it must, and every value is below its limit.
                    Samples::Many(own) => {
                        let _ = merged.add(&**own);
                    }
                }
                self.samples = Samples::Many(merged);
            }
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        match &self.samples {
            Samples::Few(samples) => samples.len() as u64,
            Samples::Many(histogram) => histogram.len(),
        }
    }

    /// Their percentiles.
    pub fn latency(&self) -> Latency {
        let [p50, p95, p99] = match &self.samples {
            Samples::Few(samples) => nearest_ranks(samples, [50, 95, 99]),
            Samples::Many(histogram) => {
                [0.5, 0.95, 0.99].map(|quantile| histogram.value_at_quantile(quantile))
            }
        }
        // A histogram's value is the highest that it cannot tell apart.
        .map(|nanos| Duration::from_nanos(nanos).min(self.longest));
        Latency { count: self.count(), p50, p95, p99, max: self.longest }
    }
}

impl Samples {
    fn add(&mut self, nanos: u64) {
        match self {
            Self::Few(samples) if samples.len() < FEW => samples.push(nanos),
            Self::Few(samples) => {
                // It is only refused for a number of digits that it cannot have.
                let Ok(mut histogram) = Histogram::new(DIGITS) else { return };
                record_all(&mut histogram, samples);
                record(&mut histogram, nanos);
                *self = Self::Many(Box::new(histogram));
            }
            Self::Many(histogram) => record(histogram, nanos),
        }
    }
}

/// Adds a value. The histogram grows as it must, and [`LONGEST`] is below its limit.
fn record(histogram: &mut Histogram<u32>, nanos: u64) {
    let _ = histogram.record(nanos);
}

fn record_all(histogram: &mut Histogram<u32>, samples: &[u64]) {
    for &sample in samples {
        record(histogram, sample);
    }
}

/// For each percentage, the smallest of the samples that so many percent do not exceed.
fn nearest_ranks<const N: usize>(samples: &[u64], percents: [usize; N]) -> [u64; N] {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    percents.map(|percent| {
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    })
}

impl Extend<Duration> for Durations {
    fn extend<I: IntoIterator<Item = Duration>>(&mut self, durations: I) {
        for duration in durations {
            self.record(duration);
        }
    }
}

impl FromIterator<Duration> for Durations {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut all = Self::default();
        all.extend(durations);
        all
    }
}
