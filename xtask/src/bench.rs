//! `cargo xtask bench`: what a hop costs, measured by the package in `benchmarks/`.

use anyhow::{Context, bail};

use crate::workspace::{cargo, root};

/// Where results are written to, from the workspace's root.
const INTO: &str = "target/bench";

pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let passed = passed_on(arguments)?;
    let into = root().join(INTO);
    let into = into.to_str().context("the workspace's path is not UTF-8")?;
    let mut command = vec!["bench", "--package", "benchmarks", "--locked", "--", "--into", into];
    command.extend(passed.iter().map(String::as_str));
    cargo(&command, &[])
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
