//! `cargo bench -p benchmarks`: every measurement, as one table.

fn main() -> anyhow::Result<()> {
    benchmarks::run(env!("CARGO_BIN_EXE_counts"))
}
