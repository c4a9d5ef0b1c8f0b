//! Counts the allocations of every measurement; started by the benchmark, which prints them beside the times.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> anyhow::Result<()> {
    benchmarks::count(|| {
        let stats = ALLOCATOR.stats();
        // Growing a list moves it: that is as dear as a new one.
        stats.allocations + stats.reallocations
    })
}
