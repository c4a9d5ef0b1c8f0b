//! A child process that does not outlive this one.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How many of the last lines are told of a child that fails.
const LAST: usize = 20;

/// A child in a process group of its own, which is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) child: Child,
}

impl Group {
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        Ok(Self { child: command.process_group(0).spawn()? })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // `None` if it has ended and was waited for. Until then the number is nobody else's.
        let group = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Runs a command to its end, and returns what it printed on its standard output.
///
/// # Errors
///
/// It cannot be started, fails, or takes longer than `deadline`; then it is killed. The message has what it printed.
pub(crate) async fn output(command: &mut Command, deadline: Duration) -> anyhow::Result<String> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group::start(command).with_context(|| format!("{name} cannot be started"))?;
    let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
    let ended = async { tokio::join!(group.child.wait(), read(stdout), read(stderr)) };
    let Ok((status, stdout, stderr)) = timeout(deadline, ended).await else {
        bail!("{name} takes longer than {deadline:?}");
    };
    let status = status?;
    if !status.success() {
        let printed: Vec<&str> = stdout.lines().chain(stderr.lines()).collect();
        bail!("{name} ended with {status}{}", last_words(&printed));
    }
    // Java tells its version there.
    Ok(if stdout.trim().is_empty() { stderr } else { stdout })
}

/// The last of what a child printed, indented, to follow the reason in a message; nothing if there is nothing.
pub(crate) fn last_words<T: AsRef<str>>(printed: &[T]) -> String {
    let lines = printed.iter().map(AsRef::as_ref).filter(|line| !line.trim().is_empty());
    let mut last: Vec<String> = lines.rev().take(LAST).map(|line| format!("\n    {line}")).collect();
    last.reverse();
    if last.is_empty() { String::new() } else { format!("; it printed last:{}", last.concat()) }
}

async fn read(output: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut output) = output {
        // What was read before it broke off is worth telling.
        let _ = tokio::io::AsyncReadExt::read_to_end(&mut output, &mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_command_that_fails_tells_what_it_printed() {
        let error = output(&mut shell("echo no such package >&2; exit 1"), SOON).await.unwrap_err();
        let expected = "sh ended with exit status: 1; it printed last:\n    no such package";
        assert_eq!(error.to_string(), expected);
        assert_eq!(output(&mut shell("echo 3.11"), SOON).await.unwrap(), "3.11\n");
        let error = output(&mut Command::new("no-such-program"), SOON).await.unwrap_err();
        assert_eq!(error.to_string(), "no-such-program cannot be started");
    }

    #[tokio::test]
    async fn a_command_that_takes_too_long_is_killed_with_all_its_children() {
        // The pipe is open as long as one of both lives.
        let (mut reader, writer) = std::io::pipe().unwrap();
        let mut command = shell("sleep 600 & echo; wait");
        command.stderr(Stdio::null()).stdout(Stdio::piped()).stdin(Stdio::from(writer));
        let mut group = Group::start(&mut command).unwrap();
        drop(command);
        let mut first = [0];
        let stdout = group.child.stdout.as_mut().unwrap();
        tokio::io::AsyncReadExt::read_exact(stdout, &mut first).await.unwrap();
        drop(group);
        let ended = tokio::task::spawn_blocking(move || io::Read::read(&mut reader, &mut [0]).unwrap());
        assert_eq!(timeout(SOON, ended).await.unwrap().unwrap(), 0);
    }
}
