//! The CPU time the process has used, all its threads together.

use std::time::Duration;

/// `None` where the system does not say.
pub(crate) fn time() -> Option<Duration> {
    #[cfg(unix)]
    {
        use rustix::time::{ClockId, clock_gettime};

        Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
    }
    #[cfg(not(unix))]
    {
        None
    }
}
