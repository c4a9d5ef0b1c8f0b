//! `cargo bench -p benchmarks`: every measurement, as tables.

fn main() -> anyhow::Result<()> {
    benchmarks::run(benchmarks::Programs {
        counts: env!("CARGO_BIN_EXE_counts"),
        servers: env!("CARGO_BIN_EXE_servers"),
    })
}
