//! What the system tells of a process.

use std::time::Duration;

use anyhow::Context;

/// A process, by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(u32);

impl Process {
    pub(crate) fn new(id: u32) -> Self {
        Self(id)
    }

    /// How long it worked so far, on all cores.
    ///
    /// # Errors
    ///
    /// It has ended, or the system is another one than Linux.
    pub(crate) fn worked(self) -> anyhow::Result<Duration> {
        let stat = read(self.0, "stat")?;
        ticks(&stat)
            .map(|ticks| Duration::from_millis(ticks * 1_000 / TICKS))
            .context("the system tells no times")
    }

    /// How much memory it holds, in bytes.
    ///
    /// # Errors
    ///
    /// As for [`worked`](Self::worked).
    pub(crate) fn memory(self) -> anyhow::Result<u64> {
        resident(&read(self.0, "status")?).context("the system tells no memory")
    }
}

/// In a second. It is 100 wherever Linux runs: it belongs to what programs rely on.
const TICKS: u64 = 100;

fn read(id: u32, file: &str) -> anyhow::Result<String> {
    let path = format!("/proc/{id}/{file}");
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
}

/// The fields `utime` and `stime` of `/proc/PID/stat`.
fn ticks(stat: &str) -> Option<u64> {
    // The second field is a name in parentheses, which may hold anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11).map(str::parse::<u64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

/// The line `VmRSS` of `/proc/PID/status`.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_memory_are_read_from_the_files_of_the_system() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194560 9 8 7 6 150 25 3 2 20 0 5 0 1234 99 88";
        assert_eq!(ticks(stat), Some(175));
        assert_eq!(resident("Name:\ttracehop\nVmHWM:\t  900 kB\nVmRSS:\t  512 kB\n"), Some(524_288));
        assert_eq!((ticks("strange"), resident("VmRSS: much")), (None, None));
    }
}
