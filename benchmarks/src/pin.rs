//! One core for a worker and another for the servers, on Linux.

/// Who is to run where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pin {
    Worker,
    Server,
}

impl Pin {
    /// Lets this thread, and those that it starts from now on, run on one core alone. Does nothing where the system has no such
    /// thing, does not allow it, or has one core only.
    pub(crate) fn here(self) {
        #[cfg(target_os = "linux")]
        {
            use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

            let Ok(allowed) = sched_getaffinity(None) else { return };
            let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect();
            let [first, second, ..] = *cores else { return };
            let mut wanted = CpuSet::new();
            wanted.set(match self {
                Self::Worker => first,
                Self::Server => second,
            });
            // Whoever may not say where it runs is measured as before.
            let _ = sched_setaffinity(None, &wanted);
        }
    }
}
