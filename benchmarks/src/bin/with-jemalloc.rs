//! A worker of the benchmarks whose Rust code allocates with jemalloc, which there is not for Windows' own compiler.

#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> anyhow::Result<()> {
    benchmarks::work()
}
