//! `cargo xtask fuzz`: what must hold whatever the bytes are. The targets are those of the package in `fuzz/`.

mod harness;
mod libfuzzer;
mod request;
mod row;

use anyhow::ensure;

use crate::table;
use harness::Harness;
use request::Request;
use row::Row;

/// The task: on libFuzzer where there is a nightly compiler, else on the package's own harness.
pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let request = Request::parse(arguments)?;
    let harness = Harness::build()?;
    if let Some(input) = &request.input {
        return harness.try_one(&request, input);
    }
    let rows = if request.stable || !libfuzzer::has_nightly() {
        harness.run(&request)?
    } else {
        libfuzzer::run(&harness, &request)?
    };
    println!("\n{}", table::render(&row::HEAD, rows.iter().map(Row::cells)));
    let executions: u64 = rows.iter().map(|row| row.executions).sum();
    let findings: u64 = rows.iter().map(|row| row.findings).sum();
    println!("{executions} executions, {findings} findings");
    ensure!(findings == 0, "{findings} findings");
    ensure!(!rows.is_empty() && rows.iter().all(|row| row.executions > 0), "a target was not run");
    Ok(())
}
