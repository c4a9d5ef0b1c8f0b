//! What took long to compute, for a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many results are kept.
const MOST: usize = 16;

/// What is computed faster than this is computed each time.
const FAST: Duration = Duration::from_millis(50);

/// For how many times as long as it took a result is good: so all who look take a fifth of one core at most.
const GOOD_FOR: u32 = 4;

/// Results that took long to compute, each for a while: pages that are open ask again with every news.
#[derive(Debug)]
pub(crate) struct Recent<T>(Mutex<Vec<Entry<T>>>);

#[derive(Debug)]
struct Entry<T> {
    asked: String,
    good_until: Instant,
    result: Arc<T>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Recent<T> {
    /// The result for what is asked: that of before, if it is still good, or a new one.
    pub(super) fn get(&self, asked: &str, compute: impl FnOnce() -> T) -> Arc<T> {
        let started = Instant::now();
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = lock().iter().find(|entry| entry.asked == asked && entry.good_until > started) {
            return Arc::clone(&entry.result);
        }
        let result = Arc::new(compute());
        let took = started.elapsed();
        let mut entries = lock();
        let now = Instant::now();
        entries.retain(|entry| entry.asked != asked && entry.good_until > now);
        if took >= FAST && entries.len() < MOST {
            let good_until = now + took * GOOD_FOR;
            entries.push(Entry { asked: asked.to_owned(), good_until, result: Arc::clone(&result) });
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fast_is_computed_each_time() {
        let recent = Recent::default();
        assert_eq!((*recent.get("a", || 1), *recent.get("a", || 2)), (1, 2));
    }

    #[test]
    fn what_is_slow_is_good_for_a_while_and_for_the_same_question() {
        let recent = Recent::default();
        let slow = |result: u32| {
            let started = Instant::now();
            while started.elapsed() < FAST {}
            result
        };
        assert_eq!((*recent.get("a", || slow(1)), *recent.get("a", || slow(2))), (1, 1));
        assert_eq!(*recent.get("b", || slow(3)), 3);
    }
}
