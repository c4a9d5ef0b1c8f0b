//! Instructions and all allocations by operation, librdkafka's too, as valgrind counts them.
//!
//! Both numbers are the difference between two runs, so that starting the program is not counted. They hardly vary from
//! run to run, on however busy a machine.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::case::Case;
use crate::sides::{Side, Sides};

/// How often a case is run, twice.
const FEW: u64 = 128;
const MANY: u64 = 640;

/// The same for what takes milliseconds each time.
const FEW_HEAVY: u64 = 1;
const MANY_HEAVY: u64 = 3;

/// The counts of one case.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Exact {
    pub(crate) instructions: Sides,
    /// Only where a goal asks for them: valgrind takes its time.
    pub(crate) allocations: Option<Sides>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    Callgrind,
    Memcheck,
}

impl Tool {
    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Callgrind => &["--tool=callgrind", "--callgrind-out-file=/dev/null"],
            Self::Memcheck => &["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"],
        }
    }

    /// What the tool prints before the number.
    fn label(self) -> &'static str {
        match self {
            Self::Callgrind => "Collected :",
            Self::Memcheck => "total heap usage:",
        }
    }
}

/// One side of one case to count.
#[derive(Clone, Copy, Debug)]
struct Job {
    tool: Tool,
    case: usize,
    side: Side,
    is_heavy: bool,
}

/// The counts of every case that `wanted` allows, by its place in the list. `None` if there is no valgrind. What is not counted by
/// `until` stays empty: tracehop's own counts come first, then the floors.
pub(crate) fn take(
    cases: &[Case],
    wanted: impl Fn(&Case) -> bool,
    until: Option<Instant>,
) -> anyhow::Result<Option<Vec<Option<Exact>>>> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Ok(None);
    }
    let mut exact: Vec<Option<Exact>> = Vec::new();
    let mut jobs = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let asked = case.goals.all_allocations.is_some();
        exact.push(
            wanted(case)
                .then(|| Exact { instructions: Sides::default(), allocations: asked.then(Sides::default) }),
        );
        for side in Side::ALL.into_iter().filter(|side| wanted(case) && case.has(*side)) {
            let job = Job { tool: Tool::Callgrind, case: index, side, is_heavy: case.is_heavy };
            jobs.push(job);
            if asked {
                jobs.push(Job { tool: Tool::Memcheck, ..job });
            }
        }
    }
    jobs.sort_by_key(|job| match job.side {
        Side::Ours => 0,
        Side::Floor => 1,
        Side::ByHand => 2,
    });
    for (job, count) in run(&jobs, until)? {
        let Some(Some(exact)) = exact.get_mut(job.case) else { continue };
        match job.tool {
            Tool::Callgrind => exact.instructions.set(job.side, count),
            Tool::Memcheck => {
                if let Some(allocations) = &mut exact.allocations {
                    allocations.set(job.side, count);
                }
            }
        }
    }
    Ok(Some(exact))
}

/// Counts on every core at once: neighbours change times, and no counts.
fn run(jobs: &[Job], until: Option<Instant>) -> anyhow::Result<Vec<(Job, f64)>> {
    let next = AtomicUsize::new(0);
    let counts = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed))
                    && until.is_none_or(|until| Instant::now() < until)
                {
                    let count = difference(*job).map(|count| (*job, count));
                    counts.lock().unwrap_or_else(PoisonError::into_inner).push(count);
                }
            });
        }
    });
    counts.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
}

fn difference(job: Job) -> anyhow::Result<f64> {
    let (few, many) = if job.is_heavy { (FEW_HEAVY, MANY_HEAVY) } else { (FEW, MANY) };
    Ok((total(job, many)? - total(job, few)?) / (many - few) as f64)
}

fn total(Job { tool, case, side, .. }: Job, times: u64) -> anyhow::Result<f64> {
    let output = Command::new("valgrind")
        .args(tool.options())
        .arg(std::env::current_exe()?)
        .args(["--one", &case.to_string(), &(side as usize).to_string(), &times.to_string()])
        // Callgrind counts each step of `rep movsb`, so that copies would look dear.
        .env("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=100000000")
        .output()
        .context("cannot start valgrind")?;
    let report = String::from_utf8_lossy(&output.stderr);
    match number_after(&report, tool.label()) {
        Some(number) if output.status.success() => Ok(number),
        _ => bail!("valgrind failed:\n{report}"),
    }
}

/// The first number after `label`; valgrind groups digits with commas.
fn number_after(report: &str, label: &str) -> Option<f64> {
    let (_, rest) = report.split_once(label)?;
    rest.split_whitespace().next()?.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valgrinds_numbers_are_found() {
        let callgrind = "==1== Events    : Ir\n==1== Collected : 123456\n";
        assert_eq!(number_after(callgrind, Tool::Callgrind.label()), Some(123_456.0));
        let memcheck = "==1==   total heap usage: 1,234 allocs, 1,234 frees, 9 bytes allocated\n";
        assert_eq!(number_after(memcheck, Tool::Memcheck.label()), Some(1_234.0));
        assert_eq!(number_after("nothing", "Collected :"), None);
    }
}
