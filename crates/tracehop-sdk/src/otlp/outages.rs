use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::{otel_info, otel_warn};

use super::signal::Signal;

/// An endpoint that fails and works by turns is told of no more often than this.
const AT_MOST_EVERY: Duration = Duration::from_secs(60);

/// An endpoint that has not answered for so long may be away: it is told of if it is, and what follows from it is not.
#[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
const SLOW: Duration = Duration::from_secs(1);

/// Which endpoints do not take what is sent to them. Each is warned of once, at the first attempt that fails; that it is over is
/// told too, and how much was lost. Clones share what they know, so exporters with one endpoint warn of it together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outages(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    places: HashMap<Place, Outage>,
    /// Since when each exporter waits for an answer.
    waiting: HashMap<(Box<str>, &'static str), Instant>,
}

/// An endpoint, and a signal if the endpoint answers and takes this one alone not.
type Place = (Box<str>, Option<&'static str>);

#[derive(Debug, Default)]
struct Outage {
    is_failing: bool,
    /// Whether it was warned of, so that its end is told too.
    is_told: bool,
    lost: usize,
    warned: Option<Instant>,
    /// The last time that something was lost.
    failed: Option<Instant>,
}

/// How an endpoint failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There was no answer that would have been one.
    Unreachable,
    /// It will not have this signal.
    Refused,
}

impl Outages {
    /// An attempt begins. Each exporter makes one at a time.
    pub(super) fn waits(&self, endpoint: &str, signal: Signal) {
        self.lock().waiting.insert((endpoint.into(), signal.items()), Instant::now());
    }

    /// It is over.
    pub(super) fn answered(&self, endpoint: &str, signal: Signal) {
        self.lock().waiting.remove(&(endpoint.into(), signal.items()));
    }

    /// What was sent is lost, or may be if there is another attempt: then `lost` is zero. `error` has nothing secret in it.
    pub(super) fn failed(&self, endpoint: &str, signal: Signal, outcome: Outcome, lost: usize, error: &str) {
        let of_signal = (outcome == Outcome::Refused).then_some(signal.items());
        self.tell(endpoint, signal.items(), of_signal, lost, error);
    }

    /// What waits for an answer waits no longer.
    #[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
    pub(crate) fn tell_unanswered(&self) {
        let waiting: Vec<_> = self.lock().waiting.keys().cloned().collect();
        for (endpoint, items) in waiting {
            self.tell(&endpoint, items, None, 0, "no answer until the shutdown");
        }
    }

    fn tell(
        &self,
        endpoint: &str,
        items: &'static str,
        of_signal: Option<&'static str>,
        lost: usize,
        error: &str,
    ) {
        if self.begins(endpoint, of_signal, lost, Instant::now()) {
            otel_warn!(
                name: "OtlpExporter.Failing",
                endpoint = endpoint,
                what = items,
                error = error,
                message = "The endpoint does not take what is sent to it. What is lost is counted, and nothing more is said until it does."
            );
        }
    }

    /// What was sent was accepted.
    pub(super) fn worked(&self, endpoint: &str, signal: Signal) {
        if let Some(lost) = self.ends(endpoint, signal) {
            otel_info!(
                name: "OtlpExporter.Recovered",
                endpoint = endpoint,
                what = signal.items(),
                lost = lost as u64,
                message = "The endpoint takes what is sent to it again."
            );
        }
    }

    /// Whether there is one, or was one lately, for what it made others lose may be told of a little later; or whether there may be
    /// one, for an answer takes long.
    #[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
    pub(crate) fn is_any(&self, now: Instant) -> bool {
        let was_lately = |failed: Instant| now.duration_since(failed) < AT_MOST_EVERY;
        let known = self.lock();
        known.places.values().any(|outage| outage.is_failing || outage.failed.is_some_and(was_lately))
            || known.waiting.values().any(|since| now.saturating_duration_since(*since) >= SLOW)
    }

    /// Whether it is to be told of.
    fn begins(&self, endpoint: &str, signal: Option<&'static str>, lost: usize, now: Instant) -> bool {
        let mut known = self.lock();
        let outage = known.places.entry((endpoint.into(), signal)).or_default();
        outage.lost += lost;
        outage.failed = Some(now);
        if std::mem::replace(&mut outage.is_failing, true) {
            return false;
        }
        let is_due = outage.warned.is_none_or(|warned| now.duration_since(warned) >= AT_MOST_EVERY);
        if is_due {
            outage.warned = Some(now);
            outage.is_told = true;
        }
        is_due
    }

    /// How many were lost, if one was over that was told of.
    fn ends(&self, endpoint: &str, signal: Signal) -> Option<usize> {
        let mut known = self.lock();
        let mut over = None;
        for place in [(endpoint.into(), None), (endpoint.into(), Some(signal.items()))] {
            if let Some(outage) = known.places.get_mut(&place)
                && std::mem::take(&mut outage.is_failing)
                && std::mem::take(&mut outage.is_told)
            {
                over = Some(over.unwrap_or(0) + std::mem::take(&mut outage.lost));
            }
        }
        over
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Nothing that is done under it leaves anything half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_of_once_when_it_begins_and_once_when_it_is_over() {
        let outages = Outages::default();
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        assert_eq!(outages.ends("a", Signal::Traces), None, "there was none");
        assert!(outages.begins("a", None, 5, now));
        assert!(!outages.begins("a", None, 5, after(600)), "it goes on");
        assert!(outages.begins("b", None, 1, now), "another endpoint");
        assert_eq!(outages.ends("a", Signal::Traces), Some(10));
        assert_eq!(outages.ends("a", Signal::Traces), None, "it is over");
        assert!(outages.begins("a", None, 1, after(601)), "another one");
    }

    #[test]
    fn one_that_comes_and_goes_is_told_of_once_a_minute() {
        let outages = Outages::default();
        let now = Instant::now();
        let told = (0..180).filter(|second| {
            let told = outages.begins("a", None, 1, now + Duration::from_secs(*second));
            assert_eq!(outages.ends("a", Signal::Traces).is_some(), told, "its end is told if it was");
            told
        });
        assert_eq!(told.collect::<Vec<_>>(), [0, 60, 120]);
    }

    #[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
    #[test]
    fn one_that_is_over_is_remembered_for_a_minute() {
        let outages = Outages::default();
        let now = Instant::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        assert!(!outages.is_any(now));
        outages.begins("a", None, 1, now);
        assert!(outages.is_any(after(600)), "it goes on");
        outages.ends("a", Signal::Traces);
        assert_eq!([59, 60].map(|seconds| outages.is_any(after(seconds))), [true, false]);
    }

    #[cfg(all(feature = "init", any(feature = "otlp-http", feature = "otlp-grpc")))]
    #[test]
    fn an_answer_that_takes_long_may_be_the_beginning_of_one() {
        let outages = Outages::default();
        outages.waits("a", Signal::Traces);
        assert!(!outages.is_any(Instant::now()));
        let later = Instant::now() + Duration::from_secs(1);
        assert!(outages.is_any(later));
        outages.answered("a", Signal::Traces);
        assert!(!outages.is_any(later));
    }

    #[cfg(feature = "logs")]
    #[test]
    fn a_signal_that_is_refused_is_not_taken_for_an_endpoint_that_is_away() {
        let outages = Outages::default();
        let now = Instant::now();
        assert!(outages.begins("a", Some(Signal::Logs.items()), 1, now));
        assert_eq!(outages.ends("a", Signal::Traces), None);
        assert_eq!(outages.ends("a", Signal::Logs), Some(1));
    }
}
