//! A worker of the benchmarks whose Rust code allocates with mimalloc.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    benchmarks::work()
}
