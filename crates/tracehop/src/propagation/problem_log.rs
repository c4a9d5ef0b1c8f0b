//! Counts problems, and tells the user's hook.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Problem, Problems};

/// Called once for each problem of each message.
pub(crate) type Hook = Box<dyn Fn(Problem) + Send + Sync>;

/// Counts problems, and tells the user's hook.
#[derive(Default)]
pub(crate) struct ProblemLog {
    counts: [AtomicU64; Problem::ALL.len()],
    pub(crate) hook: Option<Hook>,
}

impl ProblemLog {
    pub(crate) fn report(&self, problems: Problems) {
        for problem in problems.iter() {
            if let Some(count) = self.counts.get(problem as usize) {
                count.fetch_add(1, Ordering::Relaxed);
            }
            if let Some(hook) = &self.hook {
                hook(problem);
            }
        }
    }

    pub(crate) fn count(&self, problem: Problem) -> u64 {
        self.counts.get(problem as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for ProblemLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(Problem::ALL.map(|problem| (problem, self.count(problem)))).finish()
    }
}
