//! `cargo xtask test`: every test of the workspace.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::conformance::Conformance;
use crate::suite::{self, Counts};
use crate::{cargo_command, install, tidy};

/// A test program that cargo built.
struct Program {
    package: String,
    target: String,
    executable: PathBuf,
    directory: PathBuf,
}

struct Built {
    programs: Vec<Program>,
    with_brokers: Option<PathBuf>,
}

struct Row {
    name: String,
    counts: Counts,
    took: Duration,
}

/// Given to this program when it runs inside `with-brokers`, where the brokers' addresses are in the environment.
pub(crate) const INSIDE: &str = "--inside";

pub(crate) fn run() -> anyhow::Result<()> {
    tidy::run()?;
    install::brokers()?;
    println!("building the tests of the workspace");
    let built = build()?;
    let with_brokers = built.with_brokers.context("the program with-brokers was not built")?;
    let status = Command::new(with_brokers).arg(std::env::current_exe()?).args(["test", INSIDE]).status()?;
    ensure!(status.success(), "not all tests passed");
    Ok(())
}

pub(crate) fn run_inside() -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut conformance = Conformance::default();
    for program in build()?.programs {
        let name = format!("{} {}", program.package, program.target);
        println!("\n{name}");
        let mut command = Command::new(&program.executable);
        command.current_dir(&program.directory).env("CARGO_MANIFEST_DIR", &program.directory);
        rows.push(row(name, &mut command, &mut |line| conformance.read(line))?);
    }
    println!("\nexamples in the documentation");
    let mut documentation = cargo_command();
    documentation.args([
        "test",
        "--workspace",
        "--all-features",
        "--locked",
        "--doc",
        "--quiet",
        "--no-fail-fast",
    ]);
    rows.push(row("all documentation".to_owned(), &mut documentation, &mut |_| {})?);
    println!("\nthe benchmarks, once each");
    let mut benchmarks = cargo_command();
    benchmarks.args(["test", "--package", "benchmarks", "--benches", "--locked", "--quiet"]);
    ensure!(benchmarks.status()?.success(), "the benchmarks do not run");
    println!("\n{conformance}");
    report(&rows)
}

fn row(name: String, command: &mut Command, watch: &mut dyn FnMut(&str)) -> anyhow::Result<Row> {
    let started = Instant::now();
    let counts = suite::run(command, watch)?;
    Ok(Row { name, counts, took: started.elapsed() })
}

/// Builds all test programs at once, so that features are the same for all of them.
fn build() -> anyhow::Result<Built> {
    let output = cargo_command()
        .args([
            "test",
            "--workspace",
            "--all-features",
            "--locked",
            "--no-run",
            "--message-format=json-render-diagnostics",
        ])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "the tests do not build");
    let messages = String::from_utf8(output.stdout).context("cargo does not speak UTF-8")?;
    let messages: Vec<Value> = messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut programs: Vec<Program> = messages.iter().filter_map(program).collect();
    programs.sort_by(|a, b| (&a.package, &a.target).cmp(&(&b.package, &b.target)));
    let is_with_brokers = |message: &&Value| {
        message.pointer("/target/name").is_some_and(|name| name == "with-brokers")
            && message.pointer("/profile/test").is_some_and(|test| test == false)
    };
    let with_brokers =
        messages.iter().find(is_with_brokers).and_then(|message| message.get("executable")?.as_str());
    Ok(Built { programs, with_brokers: with_brokers.map(PathBuf::from) })
}

fn program(message: &Value) -> Option<Program> {
    let is_test = message.pointer("/profile/test")?.as_bool()?;
    let executable = message.get("executable")?.as_str().filter(|_| is_test)?;
    let directory = PathBuf::from(message.get("manifest_path")?.as_str()?).parent()?.to_owned();
    let kind = message.pointer("/target/kind/0")?.as_str()?;
    let target = message.pointer("/target/name")?.as_str()?;
    Some(Program {
        package: directory.file_name()?.to_str()?.to_owned(),
        target: if kind == "test" { target.to_owned() } else { "(unit)".to_owned() },
        executable: executable.into(),
        directory,
    })
}

fn report(rows: &[Row]) -> anyhow::Result<()> {
    println!("\n{:<44} {:>7} {:>7} {:>8} {:>9}", "suite", "passed", "failed", "ignored", "seconds");
    let mut total = Counts::default();
    for Row { name, counts, took } in rows {
        total.add(*counts);
        let seconds = took.as_secs_f64();
        println!("{name:<44} {:>7} {:>7} {:>8} {seconds:>9.1}", counts.passed, counts.failed, counts.ignored);
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    ensure!(total.failed == 0, "{} tests failed", total.failed);
    ensure!(total.ignored == 0, "{} tests were ignored: nothing may be", total.ignored);
    ensure!(total.passed > 0, "no test ran");
    Ok(())
}
