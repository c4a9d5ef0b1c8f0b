//! The servers that the benchmarks' clients talk to; started by the benchmark, one process for each.

fn main() -> anyhow::Result<()> {
    benchmarks::serve()
}
