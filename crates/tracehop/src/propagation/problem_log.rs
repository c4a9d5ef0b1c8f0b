//! Counts problems, and tells the user's hook.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::{Problem, Problems};
use crate::caught::caught;

/// Called for each problem of each message, unless there are too many.
pub(crate) type Hook = Box<dyn Fn(Problem) + Send + Sync>;

/// Counts problems, and tells the user's hook.
pub(crate) struct ProblemLog {
    counts: [AtomicU64; Problem::ALL.len()],
    pub(crate) hook: Option<Hook>,
    /// How often the hook is called in one second at most.
    pub(crate) per_second: u32,
    start: Instant,
    /// The second since the start in which the hook was called last, and how often it was called in it: in one word, so that
    /// both change at once.
    window: AtomicU64,
    unreported: AtomicU64,
}

impl Default for ProblemLog {
    fn default() -> Self {
        Self {
            counts: Default::default(),
            hook: None,
            per_second: 100,
            start: Instant::now(),
            window: AtomicU64::new(0),
            unreported: AtomicU64::new(0),
        }
    }
}

impl ProblemLog {
    pub(crate) fn report(&self, problems: Problems) {
        for problem in problems.iter() {
            if let Some(count) = self.counts.get(problem as usize) {
                count.fetch_add(1, Ordering::Relaxed);
            }
            if let Some(hook) = &self.hook {
                self.call(hook, problem, self.start.elapsed().as_secs());
            }
        }
    }

    fn call(&self, hook: &Hook, problem: Problem, second: u64) {
        // The hook belongs to the application, the message may belong to anybody: one must not stop the other.
        if !self.has_turn(second) || caught(|| hook(problem)).is_none() {
            self.unreported.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether the hook may be called once more in this second.
    fn has_turn(&self, second: u64) -> bool {
        let next = |window: u64| {
            let (of, calls) = (window >> 32, window & 0xffff_ffff);
            let calls = if of == second & 0xffff_ffff { calls } else { 0 };
            (calls < u64::from(self.per_second)).then_some(second << 32 | (calls + 1))
        };
        self.window.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }

    pub(crate) fn count(&self, problem: Problem) -> u64 {
        self.counts.get(problem as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How often the hook was not called, or panicked.
    pub(crate) fn unreported(&self) -> u64 {
        self.unreported.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for ProblemLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(Problem::ALL.map(|problem| (problem, self.count(problem)))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hook_has_so_many_turns_in_each_second() {
        let log = ProblemLog { per_second: 2, ..ProblemLog::default() };
        let turns = [0, 0, 0, 0, 1, 1, 1, 3, 1 << 32].map(|second| log.has_turn(second));
        assert_eq!(turns, [true, true, false, false, true, true, false, true, true]);
        let never = ProblemLog { per_second: 0, ..ProblemLog::default() };
        assert!(!never.has_turn(7));
    }
}
