//! `cargo xtask bench`: what a hop costs, measured by the package in `benchmarks/`.

use anyhow::{Context, bail, ensure};

use crate::workspace::{cargo_command, root};

/// Where results are written to, from the workspace's root.
const INTO: &str = "target/bench";

pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let passed = passed_on(arguments)?;
    let into = root().join(INTO);
    let into = into.to_str().context("the workspace's path is not UTF-8")?;
    let mut command = cargo_command();
    // What cargo tells this program of its own package would build some dependencies anew, and then again without it.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_")
            || name.to_string_lossy().starts_with("CARGO_MANIFEST_")
        {
            command.env_remove(name);
        }
    }
    let package = ["bench", "--package", "benchmarks", "--features", "allocators", "--locked"];
    command.args(package).args(["--", "--into", into]).args(passed);
    ensure!(command.status()?.success(), "the benchmarks failed");
    Ok(())
}

/// What the benchmark is told.
fn passed_on(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<Vec<String>> {
    let mut arguments = arguments.into_iter();
    let mut passed = Vec::new();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" | "--peers" => passed.push(argument),
            "--only" => {
                let text = arguments.next().context("--only lacks its text")?;
                passed.extend([argument, text]);
            }
            other => bail!("{other:?} is not understood; there are: --quick, --peers, --only TEXT"),
        }
    }
    Ok(passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(line: &str) -> anyhow::Result<Vec<String>> {
        passed_on(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_is_known_is_passed_on() {
        assert_eq!(passed("--quick --only NATS").unwrap(), ["--quick", "--only", "NATS"]);
        assert!(passed("").unwrap().is_empty());
        assert_eq!(passed("--only").unwrap_err().to_string(), "--only lacks its text");
        assert!(passed("--fast").is_err());
    }
}
