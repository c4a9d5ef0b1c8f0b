//! `cargo bench -p benchmarks`: every measurement, as tables.

/// The workers that were built with other allocators.
const ALLOCATORS: &[(&str, &str)] = &[
    #[cfg(feature = "allocators")]
    ("mimalloc", env!("CARGO_BIN_EXE_with-mimalloc")),
    #[cfg(all(feature = "allocators", not(target_env = "msvc")))]
    ("jemalloc", env!("CARGO_BIN_EXE_with-jemalloc")),
];

fn main() -> anyhow::Result<()> {
    benchmarks::run(benchmarks::Programs {
        counts: env!("CARGO_BIN_EXE_counts"),
        servers: env!("CARGO_BIN_EXE_servers"),
        allocators: ALLOCATORS,
    })
}
