//! `cargo xtask interop`: tracehop beside OpenTelemetry's instrumentations for other languages, by the package in
//! `integration-tests/interop`.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::options::Options;
use crate::prepare;
use crate::workspace::cargo_command;

/// Sets up the brokers that are missing, and becomes `with-brokers`, which runs the program.
pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let (options, passed) = divided(arguments)?;
    let variables = prepare::brokers(&options);
    println!("building the programs");
    let [with_brokers, interop] = build(["with-brokers", "interop"])?;
    let mut command = Command::new(with_brokers);
    command.envs(variables);
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

/// Builds two programs of the workspace, whichever packages they are in, with the features that its tests have.
fn build(names: [&str; 2]) -> anyhow::Result<[PathBuf; 2]> {
    let mut command = cargo_command();
    let options = ["--all-features", "--locked", "--message-format=json-render-diagnostics"];
    command.args(["build", "--workspace"]).args(options);
    for name in names {
        command.args(["--bin", name]);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the programs do not build");
    let messages = String::from_utf8(output.stdout).context("cargo does not speak UTF-8")?;
    let messages: Vec<Value> = messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let found = names.map(|name| executable(&messages, name));
    let [Some(first), Some(second)] = found else {
        bail!("cargo does not say where {} are", names.join(" and "));
    };
    Ok([first, second])
}

/// Where cargo says that a program is; most of its messages are about something else.
fn executable(messages: &[Value], name: &str) -> Option<PathBuf> {
    let is = |message: &&Value| {
        message.pointer("/target/name").is_some_and(|target| target == name)
            && message.get("executable").is_some_and(Value::is_string)
    };
    messages.iter().find(is)?.get("executable")?.as_str().map(PathBuf::from)
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

    #[test]
    fn a_program_is_found_among_what_cargo_says() {
        let messages = [
            serde_json::json!({"target": {"name": "interop"}, "executable": null}),
            serde_json::json!({"target": {"name": "with-brokers"}, "executable": "/target/debug/with-brokers"}),
            serde_json::json!({"reason": "build-finished"}),
        ];
        assert_eq!(executable(&messages, "with-brokers"), Some("/target/debug/with-brokers".into()));
        assert_eq!(executable(&messages, "interop"), None);
    }
}
