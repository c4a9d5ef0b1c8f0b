//! The harness of the package: it runs the targets on any compiler.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};

use super::request::Request;
use super::row::Row;
use crate::workspace::{cargo, root};

/// It also knows the names of the targets.
pub(super) struct Harness(PathBuf);

impl Harness {
    /// In the profile of development, whose checks of arithmetic find more than speed does; the dependencies are then those
    /// that the tests have built.
    pub(super) fn build() -> anyhow::Result<Self> {
        let folder = root().join("target");
        let target = folder.to_str().context("the path of the workspace is not UTF-8")?;
        cargo(
            &[
                "build",
                "--quiet",
                "--package",
                "tracehop-fuzz",
                "--bin",
                "harness",
                "--locked",
                "--target-dir",
                target,
            ],
            &[],
        )?;
        Ok(Self(folder.join("debug/harness")))
    }

    /// The names of the targets that are asked for.
    pub(super) fn targets(&self, request: &Request) -> anyhow::Result<Vec<String>> {
        let output = self.command(request).arg("--list").stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "the harness does not tell its targets");
        Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
    }

    /// Runs the targets, and tells what became of them.
    pub(super) fn run(&self, request: &Request) -> anyhow::Result<Vec<Row>> {
        let targets = self.targets(request)?;
        println!("{} targets on the stable harness, {} seconds in all", targets.len(), request.seconds);
        let mut command = self.command(request);
        command.args(["--seconds", &request.seconds.to_string(), "--seed", &request.seed.to_string()]);
        let output = command.stderr(Stdio::inherit()).output()?;
        let rows: Vec<Row> = String::from_utf8(output.stdout)?.lines().filter_map(read).collect();
        // Code 1 is that of findings, which the rows tell.
        let is_told = output.status.success() || rows.iter().any(|row| row.findings > 0);
        ensure!(is_told && rows.len() == targets.len(), "the harness ended early: {}", output.status);
        Ok(rows)
    }

    /// Runs one input that was found before.
    pub(super) fn try_one(&self, request: &Request, input: &str) -> anyhow::Result<()> {
        let status = self.command(request).args(["--input", input]).status()?;
        ensure!(status.success(), "the input is still a finding");
        Ok(())
    }

    /// Writes what a target starts from where libFuzzer looks for it.
    pub(super) fn write_seeds(&self, target: &str) -> anyhow::Result<()> {
        let folder = root().join("fuzz/corpus").join(target);
        let status = Command::new(&self.0).args(["--target", target, "--seeds"]).arg(folder).status()?;
        ensure!(status.success(), "the seeds of {target} cannot be written");
        Ok(())
    }

    fn command(&self, request: &Request) -> Command {
        let mut command = Command::new(&self.0);
        if let Some(target) = &request.target {
            command.args(["--target", target]);
        }
        command
    }
}

/// A line of the harness: the target, its executions, its milliseconds and its findings.
fn read(line: &str) -> Option<Row> {
    let mut fields = line.split('\t');
    let target = fields.next()?.to_owned();
    let mut number = || fields.next()?.parse().ok();
    let (executions, milliseconds, findings) = (number()?, number()?, number()?);
    let took = Duration::from_millis(milliseconds);
    Some(Row { target, engine: "stable", executions, took, findings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_row() {
        let took = Duration::from_millis(2_500);
        let row = Row { target: "x".into(), engine: "stable", executions: 50, took, findings: 1 };
        assert_eq!(read("x\t50\t2500\t1"), Some(row));
        assert_eq!(read("x\t50"), None);
    }
}
