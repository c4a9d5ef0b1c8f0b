//! The guard: what each operation allocates is what `allocations.txt` says.

use std::alloc::System;
use std::collections::BTreeMap;

use anyhow::Context;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const TABLE: &str = include_str!("../allocations.txt");

/// Names are known and lists have grown after so many.
const WARM_UP: u64 = 128;
/// A multiple of how often a tracer is asked for again, so that its share of that is counted.
const TIMES: u64 = 1_024;
/// The count is of the whole process. Should another thread allocate, it does not do so each time.
const PASSES: usize = 3;

// One test only: tests that run beside it would be counted too.
#[test]
fn every_operation_allocates_what_the_table_says() -> anyhow::Result<()> {
    let mut expected = expected()?;
    let mut complaints = Vec::new();
    for (name, mut work) in benchmarks::operations() {
        let counted = count(&mut work);
        match expected.remove(name.as_str()) {
            None => complaints.push(format!("{name}: not in the table: write {counted}")),
            Some(expected) if counted > expected => {
                complaints.push(format!("{name}: {counted} allocations, and {expected} in the table"));
            }
            Some(expected) if counted < expected => {
                complaints.push(format!("{name}: better than the table: write {counted}, not {expected}"));
            }
            Some(_) => {}
        }
    }
    complaints.extend(expected.keys().map(|name| format!("{name}: in the table, but no operation")));
    assert!(complaints.is_empty(), "not as in benchmarks/allocations.txt:\n{}", complaints.join("\n"));
    Ok(())
}

/// Allocations in one operation, to the second digit after the point.
fn count(work: &mut benchmarks::Work) -> f64 {
    work(WARM_UP);
    let pass = || {
        let before = so_far();
        work(TIMES);
        so_far() - before
    };
    let least = std::iter::repeat_with(pass).take(PASSES).min().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let mean = least as f64 / TIMES as f64;
    (mean * 100.0).round() / 100.0
}

fn so_far() -> usize {
    let stats = ALLOCATOR.stats();
    // Growing a list moves it: that is as dear as a new one.
    stats.allocations + stats.reallocations
}

/// The table: a name, white space and a number on each line.
fn expected() -> anyhow::Result<BTreeMap<&'static str, f64>> {
    let lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &'static str| {
        let (name, count) = line.rsplit_once(' ').with_context(|| format!("not a count: {line}"))?;
        Ok((name.trim_end(), count.parse()?))
    };
    lines.map(read).collect()
}
