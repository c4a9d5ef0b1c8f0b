//! On which core something runs: the viewer has the first one for itself, and this process the others.

use std::io;

use rustix::process::Pid;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Leaves the first core to the viewer. On a machine with one core they share it.
pub(crate) fn this_process() -> io::Result<()> {
    let all = sched_getaffinity(None)?;
    let first = first(&all);
    let mut others = all;
    if let Some(first) = first.filter(|_| all.count() > 1) {
        others.unset(first);
    }
    for thread in threads(std::process::id())? {
        sched_setaffinity(Some(thread), &others)?;
    }
    Ok(())
}

/// Puts a process onto the first core, with the threads that it has and will have.
pub(crate) fn viewer(id: u32) -> io::Result<()> {
    let mut first_only = CpuSet::new();
    // What this process itself may run on lacks the first core.
    first_only.set(0);
    for thread in threads(id)? {
        sched_setaffinity(Some(thread), &first_only)?;
    }
    Ok(())
}

fn first(cores: &CpuSet) -> Option<usize> {
    (0..CpuSet::MAX_CPU).find(|core| cores.is_set(*core))
}

fn threads(process: u32) -> io::Result<Vec<Pid>> {
    let mut threads = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let number = entry?.file_name().to_string_lossy().parse().ok();
        threads.extend(number.and_then(Pid::from_raw));
    }
    Ok(threads)
}
