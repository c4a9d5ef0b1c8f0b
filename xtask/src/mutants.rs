//! `cargo xtask mutants`: whether the tests notice when core does something else.
//!
//! cargo-mutants changes core, one place at a time, in a copy of the workspace outside of it, and runs the tests there.

mod summary;

use std::process::Command;

use anyhow::{Context, bail, ensure};

use crate::install::cargo_tool;
use crate::workspace::{cargo, read, root};
use summary::Summary;

/// Installed when there is none; what its options mean may change with its version.
const VERSION: &str = "27.1.0";

const PACKAGE: &str = "tracehop";

/// Whose tests look at it. Those of the adapters need minutes, and look at the adapters.
const TESTS: [&str; 2] = ["tracehop", "tracehop-testing"];

/// How many of a hundred mutants must be caught.
const ENOUGH: f64 = 95.0;

/// Exit codes of cargo-mutants that are results: all caught, some missed, some timed out.
const RESULTS: [i32; 3] = [0, 2, 3];

/// The task. The arguments are cargo-mutants' own, such as `--shard 0/4` or `--file crates/tracehop/src/policy.rs`.
pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let program = cargo_tool("cargo-mutants", VERSION)?;
    // cargo-mutants tries the tests of core alone before it begins. A test of the others that fails anyway would catch
    // everything.
    let packages = TESTS.iter().flat_map(|package| ["--package", package]);
    let test: Vec<&str> =
        ["test", "--quiet", "--all-features", "--locked"].into_iter().chain(packages).collect();
    cargo(&test, &[]).context("the tests must pass before a mutant can be seen to fail them")?;

    let output = root().join("target/mutants");
    std::fs::create_dir_all(&output)?;
    let outcomes = output.join("mutants.out/outcomes.json");
    // An old one would be taken for that of a run that ends early.
    let _ = std::fs::remove_file(&outcomes);
    let mut command = Command::new(program);
    command.current_dir(root()).args(["mutants", "--all-features", "--package", PACKAGE]);
    command.args(["--test-package", &TESTS.join(","), "--output"]).arg(&output);
    let status = command.args(arguments).status().context("cargo-mutants cannot be started")?;
    match status.code() {
        Some(code) if RESULTS.contains(&code) => {}
        _ => bail!("cargo-mutants failed: {status}"),
    }
    // There are none when it was asked for a list.
    if !outcomes.exists() {
        return Ok(());
    }
    let summary = Summary::read(&read(&outcomes)?)?;
    println!("\n{summary}");
    let percent = summary.percent().context("no mutant was tested")?;
    ensure!(percent >= ENOUGH, "fewer than {ENOUGH} % of the mutants were caught");
    Ok(())
}
