//! libFuzzer, through cargo-fuzz: it needs a nightly compiler, and sees which inputs reach something new.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;

use super::harness::Harness;
use super::request::Request;
use super::row::Row;
use crate::install::{PROBE, cargo_tool};
use crate::program;
use crate::workspace::root;

/// Installed when there is none.
const VERSION: &str = "0.13.2";

/// What a target gets at least.
const LEAST: u64 = 1;

/// Whether there is a nightly compiler.
pub(super) fn has_nightly() -> bool {
    program::output(Command::new("rustup").args(["run", "nightly", "rustc", "--version"]), PROBE).is_ok()
}

/// Runs the targets, each for its share of the time; building them does not count.
pub(super) fn run(harness: &Harness, request: &Request) -> anyhow::Result<Vec<Row>> {
    let targets = harness.targets(request)?;
    let cargo_fuzz = cargo_tool("cargo-fuzz", VERSION)?;
    let count = u64::try_from(targets.len()).unwrap_or(u64::MAX).max(1);
    let seconds = (request.seconds / count).max(LEAST);
    println!("{count} targets on libFuzzer, {seconds} seconds each");
    let mut rows = Vec::new();
    for target in &targets {
        harness.write_seeds(target)?;
        rows.push(run_one(&cargo_fuzz, target, seconds, request.seed)?);
    }
    Ok(rows)
}

fn run_one(cargo_fuzz: &Path, target: &str, seconds: u64, seed: u64) -> anyhow::Result<Row> {
    println!("\n{target}");
    let mut command = Command::new(cargo_fuzz);
    command.current_dir(root()).env("RUSTUP_TOOLCHAIN", "nightly").args(["fuzz", "run", target, "--"]);
    command.args([format!("-max_total_time={seconds}"), format!("-seed={seed}")]);
    // rdkafka loses a handle of librdkafka's with each client: 24 bytes, which the sanitizer would call a finding of whatever target
    // has a client. What reading and writing allocates is counted by the laws.
    command.arg("-detect_leaks=0").env("ASAN_OPTIONS", "detect_leaks=0");
    command.args(["-print_final_stats=1", "-timeout=20", "-max_len=16384", "-verbosity=0", "-print_funcs=0"]);
    // The toolchain is chosen by name; what the calling cargo has set would choose its own.
    command.env_remove("CARGO").env_remove("RUSTC");
    let mut child = command.stderr(Stdio::piped()).spawn().context("cargo-fuzz cannot be started")?;
    let (mut executions, mut started) = (0, Instant::now());
    let printed = child.stderr.take().context("cargo-fuzz says nothing")?;
    for line in BufReader::new(printed).lines() {
        let line = line?;
        if line.contains("Finished `") {
            started = Instant::now();
        }
        executions = executed(&line).unwrap_or(executions);
        eprintln!("{line}");
    }
    let findings = u64::from(!child.wait()?.success());
    Ok(Row { target: target.to_owned(), engine: "libFuzzer", executions, took: started.elapsed(), findings })
}

/// The number of executions, if the line tells it.
fn executed(line: &str) -> Option<u64> {
    line.strip_prefix("stat::number_of_executed_units:")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_the_statistics() {
        assert_eq!(executed("stat::number_of_executed_units: 12345"), Some(12_345));
        assert_eq!(executed("stat::average_exec_per_sec:     7"), None);
    }
}
