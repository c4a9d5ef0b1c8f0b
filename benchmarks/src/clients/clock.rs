//! What so many messages took.

use std::time::{Duration, Instant};

/// Time on the wall, and the CPU time of the process, all its threads together.
pub(crate) struct Clock {
    started: Instant,
    cpu: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pub(crate) messages: u32,
    pub(crate) elapsed: Duration,
    pub(crate) cpu: Option<Duration>,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now(), cpu: cpu_time() }
    }

    pub(crate) fn stop(&self, messages: u32) -> Slice {
        let cpu = self.cpu.and_then(|before| cpu_time()?.checked_sub(before));
        Slice { messages, elapsed: self.started.elapsed(), cpu }
    }
}

/// `None` where the system does not say.
fn cpu_time() -> Option<Duration> {
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
