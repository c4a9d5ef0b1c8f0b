//! Programs of the workspace, built, and where cargo put them.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::workspace::cargo_command;

/// Builds programs of the workspace, whichever packages they are in, with the features that its tests have.
pub(crate) fn build<const N: usize>(names: [&str; N]) -> anyhow::Result<[PathBuf; N]> {
    let mut command = cargo_command();
    command.args(["build", "--workspace", "--all-features", "--locked"]);
    for name in names {
        command.args(["--bin", name]);
    }
    let messages = run(&mut command)?;
    let found: Vec<PathBuf> = names.iter().filter_map(|name| executable(&messages, name)).collect();
    let Ok(found) = found.try_into() else {
        bail!("cargo does not say where {} are", names.join(" and "));
    };
    Ok(found)
}

/// Runs a cargo that builds, and returns what it says of that.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<Vec<Value>> {
    command.arg("--message-format=json-render-diagnostics");
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "the programs do not build");
    let messages = String::from_utf8(output.stdout).context("cargo does not speak UTF-8")?;
    Ok(messages.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Where cargo says that a program is, and not the program of its tests; most messages are about something else.
pub(crate) fn executable(messages: &[Value], name: &str) -> Option<PathBuf> {
    let is = |message: &&Value| {
        message.pointer("/target/name").is_some_and(|target| target == name)
            && message.pointer("/profile/test").is_none_or(|test| test == false)
            && message.get("executable").is_some_and(Value::is_string)
    };
    messages.iter().find(is)?.get("executable")?.as_str().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_among_what_cargo_says() {
        let messages = [
            serde_json::json!({"target": {"name": "interop"}, "executable": null}),
            serde_json::json!({
                "target": {"name": "with-brokers"}, "profile": {"test": true}, "executable": "/target/debug/deps/x"
            }),
            serde_json::json!({
                "target": {"name": "with-brokers"}, "profile": {"test": false},
                "executable": "/target/debug/with-brokers"
            }),
            serde_json::json!({"reason": "build-finished"}),
        ];
        assert_eq!(executable(&messages, "with-brokers"), Some("/target/debug/with-brokers".into()));
        assert_eq!(executable(&messages, "interop"), None);
    }
}
