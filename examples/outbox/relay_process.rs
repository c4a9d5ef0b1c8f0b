//! A relay as a child process.

use std::env;
use std::process::Stdio;

use anyhow::{Context, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::relay::RelayOptions;

/// What a relay begins its lines with.
const MARK: &str = "relay: ";

pub(crate) struct RelayProcess {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    // A relay that stops ends when this is dropped.
    _input: ChildStdin,
}

/// What became of a relay that has ended by itself.
pub(crate) struct Ended {
    /// The last line on its output.
    pub(crate) summary: String,
    /// What it has complained of, line by line.
    pub(crate) complaints: Vec<String>,
}

impl RelayProcess {
    /// Starts one, whose spans go where `variables` say.
    pub(crate) fn start(options: &RelayOptions, variables: &[(String, String)]) -> anyhow::Result<Self> {
        let mut arguments = vec![
            "relay".to_owned(),
            format!("--database={}", options.database.display()),
            format!("--kafka-brokers={}", options.kafka_brokers),
        ];
        arguments.extend(options.stop_at.map(|stop| format!("--stop-at={stop}")));
        let mut child = this_program(&arguments)?
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start a relay")?;
        let output = child.stdout.take().context("a relay has no output")?;
        let input = child.stdin.take().context("a relay has no input")?;
        Ok(Self { child, lines: BufReader::new(output).lines(), _input: input })
    }

    /// Kills it (`kill -9`) when it says that it has stopped. What it said.
    pub(crate) async fn kill_when_stopped(mut self) -> anyhow::Result<String> {
        let line = match self.next_line().await? {
            Some(line) if line.starts_with("stopped") => line,
            _ => anyhow::bail!("a relay has not stopped: {}", self.complaints().await?),
        };
        self.child.kill().await?;
        Ok(line)
    }

    /// Waits until it has sent all that waits.
    pub(crate) async fn ended(mut self) -> anyhow::Result<Ended> {
        let summary = self.next_line().await?;
        let complaints = self.complaints().await?;
        let status = self.child.wait().await?;
        ensure!(status.success(), "a relay has failed: {complaints}");
        let complaints = complaints.lines().filter(|line| line.contains(MARK)).map(str::to_owned);
        Ok(Ended { summary: summary.context("a relay has said nothing")?, complaints: complaints.collect() })
    }

    /// The next line that is a relay's, without what it begins with.
    async fn next_line(&mut self) -> anyhow::Result<Option<String>> {
        while let Some(line) = self.lines.next_line().await? {
            if let Some((_, line)) = line.split_once(MARK) {
                return Ok(Some(line.to_owned()));
            }
        }
        Ok(None)
    }

    /// All that it writes to its standard error, until it ends.
    async fn complaints(&mut self) -> anyhow::Result<String> {
        let mut complaints = String::new();
        if let Some(mut errors) = self.child.stderr.take() {
            errors.read_to_string(&mut complaints).await?;
        }
        Ok(complaints)
    }
}

/// This program once more, with other arguments.
#[cfg(not(test))]
fn this_program(arguments: &[String]) -> anyhow::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(arguments);
    Ok(command)
}

/// A program of tests has options of its own: one of them is a relay if a variable has its arguments.
#[cfg(test)]
fn this_program(arguments: &[String]) -> anyhow::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["--exact", crate::tests::RELAY, "--nocapture"]);
    command.env(crate::tests::ARGUMENTS, arguments.join("\n"));
    Ok(command)
}
