//! What is the same on every machine and in every run: allocations and, with valgrind, instructions.

use crate::allocations::Counts;
use crate::arguments::Filter;
use crate::case::Case;
use crate::full::Programs;
use crate::{goal_table, instructions, report, table};

pub(crate) fn run(programs: Programs<'_>, cases: &[Case], filter: &Filter) -> anyhow::Result<()> {
    let counts = Counts::take(programs.counts)?;
    let exact = instructions::take(cases, |case| filter.allows(case.name), None)?;
    if exact.is_none() {
        println!("valgrind was not found: instructions are not counted");
    }
    let exact = exact.unwrap_or_default();
    let mut rows = Vec::new();
    for (index, case) in cases.iter().enumerate().filter(|(_, case)| filter.allows(case.name)) {
        let exact = exact.get(index).and_then(Option::as_ref);
        rows.extend(report::case_rows(case, None, counts.of(case.name), exact));
    }
    rows.push(report::size_row());
    println!("\n{}\n{}", table::render(&rows), goal_table::render(&report::judge(&rows)));
    Ok(())
}
