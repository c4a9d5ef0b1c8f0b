//! Instructions and all allocations by operation, librdkafka's too, as valgrind counts them.
//!
//! Both numbers are the difference between two runs, so that starting the program is not counted. They hardly vary from
//! run to run, on however busy a machine.

use std::process::Command;
use std::sync::LazyLock;
use std::thread;

use anyhow::{Context, anyhow, bail};

use crate::case::{Case, Side, Sides};

const FEW: u64 = 200;
const MANY: u64 = 1_200;

/// The counts of one case.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Exact {
    pub(crate) instructions: Sides,
    /// Only where a goal asks for them: valgrind takes its time.
    pub(crate) allocations: Option<Sides>,
}

/// Callgrind prints this before the instructions, memcheck that before the allocations.
const INSTRUCTIONS: (&[&str], &str) =
    (&["--tool=callgrind", "--callgrind-out-file=/dev/null"], "Collected :");
const ALLOCATIONS: (&[&str], &str) =
    (&["--tool=memcheck", "--leak-check=no", "--undef-value-errors=no"], "total heap usage:");

/// `None` if there is no valgrind.
pub(crate) fn take(case: &Case, index: usize) -> anyhow::Result<Option<Exact>> {
    static AVAILABLE: LazyLock<bool> =
        LazyLock::new(|| Command::new("valgrind").arg("--version").output().is_ok());
    if !*AVAILABLE {
        return Ok(None);
    }
    // A case may not go to another thread, but which sides it has may.
    let has = Side::ALL.map(|side| case.has(side));
    let asked = case.goals.all_allocations.is_some();
    thread::scope(|scope| {
        let instructions = scope.spawn(move || sides(INSTRUCTIONS, has, index));
        let allocations = asked.then(|| sides(ALLOCATIONS, has, index)).transpose()?;
        let instructions = instructions.join().map_err(|_| anyhow!("the counting thread panicked"))??;
        Ok(Some(Exact { instructions, allocations }))
    })
}

fn sides(tool: (&[&str], &str), has: [bool; 3], index: usize) -> anyhow::Result<Sides> {
    let of = |side| {
        let is_there = has.get(side as usize).copied().unwrap_or_default();
        is_there.then(|| difference(tool, index, side)).transpose()
    };
    Ok(Sides { floor: of(Side::Floor)?, by_hand: of(Side::ByHand)?, ours: of(Side::Ours)? })
}

fn difference(tool: (&[&str], &str), case: usize, side: Side) -> anyhow::Result<f64> {
    let (few, many) = (total(tool, case, side, FEW)?, total(tool, case, side, MANY)?);
    Ok((many - few) / (MANY - FEW) as f64)
}

fn total((options, label): (&[&str], &str), case: usize, side: Side, times: u64) -> anyhow::Result<f64> {
    let output = Command::new("valgrind")
        .args(options)
        .arg(std::env::current_exe()?)
        .args(["--one", &case.to_string(), &(side as usize).to_string(), &times.to_string()])
        // Callgrind counts each step of `rep movsb`, so that copies would look dear.
        .env("GLIBC_TUNABLES", "glibc.cpu.x86_rep_movsb_threshold=100000000")
        .output()
        .context("cannot start valgrind")?;
    let report = String::from_utf8_lossy(&output.stderr);
    match number_after(&report, label) {
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
        assert_eq!(number_after(callgrind, INSTRUCTIONS.1), Some(123_456.0));
        let memcheck = "==1==   total heap usage: 1,234 allocs, 1,234 frees, 9 bytes allocated\n";
        assert_eq!(number_after(memcheck, ALLOCATIONS.1), Some(1_234.0));
        assert_eq!(number_after("nothing", "Collected :"), None);
    }
}
