//! `cargo xtask test`: every test of the workspace.

mod browser;
mod needs;
mod program;
mod row;

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use broker_table::{Broker, set};

use crate::conformance::Conformance;
use crate::options::Options;
use crate::suite::Counts;
use crate::workspace::cargo_command;
use crate::{executables, prepare, table, tidy};
use program::Program;
use row::Row;

struct Built {
    programs: Vec<Program>,
    with_brokers: Option<PathBuf>,
    viewer: Option<PathBuf>,
}

/// Sets up what is missing, and becomes `with-brokers`, which runs this program again.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    tidy::run()?;
    let variables = prepare::brokers(options);
    println!("building the tests of the workspace");
    let with_brokers = build()?.with_brokers.context("the program with-brokers was not built")?;
    let mut command = Command::new(with_brokers);
    command.envs(variables);
    if let Some(source) = &options.source {
        command.args(["--source", source]);
    }
    if let Some(only) = options.only {
        command.args(["--only", only.name()]);
    }
    command.arg(std::env::current_exe()?).args(["test", "--inside"]);
    if let Some(suite) = &options.suite {
        command.args(["--suite", suite]);
    }
    // Not as a child: a signal to this process then reaches the one that cleans up.
    bail!("with-brokers cannot be started: {}", command.exec());
}

/// Runs the tests. The brokers' addresses are in the environment, or the reasons why there are none.
pub(crate) fn run_inside(options: &Options) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut conformance = Conformance::default();
    let Built { programs, viewer, .. } = build()?;
    let viewer = viewer.context("the program tracehop was not built")?;
    for program in programs.iter().filter(|program| options.selects(&program.name())) {
        println!("\n{}", program.name());
        for (needed, tests) in program.tests_by_need()? {
            rows.push(run_tests(program, needed, &tests, &viewer, &mut conformance)?);
        }
    }
    if options.selects("documentation") {
        println!("\nexamples in the documentation");
        let mut documentation = cargo_command();
        documentation.args(["test", "--workspace", "--all-features", "--locked", "--doc", "--quiet"]);
        documentation.arg("--no-fail-fast");
        rows.push(Row::run("documentation", Vec::new(), &mut documentation, &mut |_| {})?);
    }
    if options.selects("benchmarks") {
        println!("\nthe benchmarks, once each");
        let mut benchmarks = cargo_command();
        benchmarks.args(["test", "--package", "benchmarks", "--benches", "--locked", "--quiet"]);
        ensure!(benchmarks.status()?.success(), "the benchmarks do not run");
    }
    println!("\n{conformance}");
    report(&rows)
}

fn run_tests(
    program: &Program,
    needed: Vec<Broker>,
    tests: &[String],
    viewer: &Path,
    conformance: &mut Conformance,
) -> anyhow::Result<Row> {
    let mut missing: Vec<String> = needed.iter().filter_map(|broker| missing(*broker)).collect();
    missing.extend(program.lacks());
    if missing.is_empty() {
        let mut command = program.command(tests);
        if program.asks_the_viewer() {
            command.env("TRACEHOP_PROGRAM", viewer);
        }
        return Row::run(&program.name(), needed, &mut command, &mut |line| conformance.read(line));
    }
    let why = missing.join("; ");
    println!("NOT RUN, {} tests: {why}", tests.len());
    Ok(Row::not_run(&program.name(), needed, u32::try_from(tests.len()).unwrap_or(u32::MAX), why))
}

/// Why a broker is not there, if it is not.
fn missing(broker: Broker) -> Option<String> {
    if set(broker.address_variable()).is_some() {
        return None;
    }
    let why = set(&broker.not_run_variable())
        .unwrap_or_else(|| format!("{} is not set", broker.address_variable()));
    Some(format!("no {broker}: {why}"))
}

/// Builds all test programs at once, so that features are the same for all of them.
fn build() -> anyhow::Result<Built> {
    let mut command = cargo_command();
    command.args(["test", "--workspace", "--all-features", "--locked", "--no-run"]);
    let messages = executables::run(&mut command)?;
    let mut programs: Vec<Program> = messages.iter().filter_map(Program::read).collect();
    programs.sort_by_key(Program::name);
    let executable = |name| executables::executable(&messages, name);
    Ok(Built { programs, with_brokers: executable("with-brokers"), viewer: executable("tracehop") })
}

fn report(rows: &[Row]) -> anyhow::Result<()> {
    println!("{}", table::render(&row::HEAD, rows.iter().map(Row::cells)));
    let mut total = Counts::default();
    for row in rows {
        total.add(row.counts);
    }
    let mut missing: Vec<String> = Broker::ALL.iter().copied().filter_map(missing).collect();
    missing.extend(browser::missing());
    for why in &missing {
        println!("NOT RUN: {why}");
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    ensure!(total.failed == 0, "{} tests failed", total.failed);
    ensure!(total.ignored == 0, "{} tests were ignored: nothing may be", total.ignored);
    ensure!(total.passed > 0, "no test ran");
    let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    ensure!(!is_ci || missing.is_empty(), "CI=true, where every test must run: {}", missing.join("; "));
    Ok(())
}
