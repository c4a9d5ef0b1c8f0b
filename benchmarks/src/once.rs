//! Everything once, to prove that it works.

use crate::allocations::Counts;
use crate::case::Case;
use crate::clients::{self, Allocations, Broker, Budget, Cell, Pipeline, Stage, WithAllocator};
use crate::full::Programs;
use crate::servers::Size;
use crate::tail;

/// Messages by which allocations are counted.
const COUNTED: u32 = 100;

pub(crate) fn run(programs: Programs<'_>, mut cases: Vec<Case>) -> anyhow::Result<()> {
    cases.iter_mut().for_each(Case::run_once);
    Counts::take_once(programs.counts)?;
    let counting = Stage::new(programs.servers, programs.counts);
    let allocations = Allocations::take(&counting, Broker::ALL, COUNTED, |_| {})?;
    // The program that runs this may be a test of libtest's kind, which is no worker: `counts` is one too.
    let mut outcomes = Vec::new();
    let is_tried = |cell: &Cell| cell.size == Size::Small && cell.pipeline != Pipeline::NoSdk;
    for cell in Cell::all().into_iter().filter(is_tried) {
        outcomes.push(clients::measure(&counting, cell, Budget::ONCE)?);
    }
    let budget = Budget::ONCE;
    let with_allocators = WithAllocator::measure(&counting, programs.allocators, budget, |_| {})?;
    let tails = tail::measure(&counting, tail::Budget::ONCE)?;
    let text = clients::render(&outcomes, &allocations);
    anyhow::ensure!(text.contains("All spans arrived."), "not all spans arrived:\n{text}");
    let text = clients::render_allocators(&with_allocators);
    anyhow::ensure!(text.contains("All spans arrived."), "not all spans arrived:\n{text}");
    println!(
        "benchmarks: {} measurements without a broker and {} with one ran once",
        cases.len(),
        outcomes.len() + with_allocators.len() + tails.len()
    );
    Ok(())
}
