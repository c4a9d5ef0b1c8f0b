//! `cargo xtask interop`: tracehop beside OpenTelemetry's instrumentations for other languages, by the package in
//! `integration-tests/interop`.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, bail};

use crate::options::Options;
use crate::{executables, prepare};

/// Sets up the brokers that are missing, and becomes `with-brokers`, which runs the program.
pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let (options, passed) = divided(arguments)?;
    let variables = prepare::brokers(&options);
    println!("building the programs");
    let [with_brokers, interop, tracehop] = executables::build(["with-brokers", "interop", "tracehop"])?;
    let mut command = Command::new(with_brokers);
    command.envs(variables).env("TRACEHOP_PROGRAM", tracehop);
    if let Some(source) = &options.source {
        command.args(["--source", source]);
    }
    command.arg(interop).args(passed);
    // Not as a child: a signal to this process then reaches the one that cleans up.
    bail!("with-brokers cannot be started: {}", command.exec());
}

/// What the brokers' options are, and what the program is told.
fn divided(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<(Options, Vec<String>)> {
    let mut arguments = arguments.into_iter();
    let (mut of_brokers, mut passed) = (Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--source" => {
                of_brokers.push(argument);
                of_brokers.extend(arguments.next());
            }
            "--only" => {
                let text = arguments.next().context("--only lacks its text")?;
                passed.extend([argument, text]);
            }
            "--write" => passed.push(argument),
            other => bail!("{other:?} is not understood; there are: --source SOURCE, --only TEXT, --write"),
        }
    }
    Ok((Options::parse(of_brokers, &["--source"])?, passed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> anyhow::Result<(Options, Vec<String>)> {
        divided(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_source_is_for_the_brokers_and_the_rest_for_the_program() {
        let (options, passed) = arguments("--only pika --source native --write").unwrap();
        assert_eq!(options.source.as_deref(), Some("native"));
        assert_eq!(passed, ["--only", "pika", "--write"]);
    }

    #[test]
    fn what_cannot_be_understood_is_said() {
        for (line, expected) in [
            ("--only", "--only lacks its text"),
            ("--source", "--source lacks its value"),
            ("--source podman", "there is no source \"podman\": given, docker, native"),
            ("pika", "\"pika\" is not understood; there are: --source SOURCE, --only TEXT, --write"),
        ] {
            assert_eq!(arguments(line).unwrap_err().to_string(), expected);
        }
    }
}
