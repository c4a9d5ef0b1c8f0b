//! A child process, and what it prints.

use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::bail;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::group::Group;
use super::printed::Printed;
use crate::last_words;

/// For the last lines of one that has ended to be read.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A process that does not outlive its owner.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    printed: watch::Receiver<Printed>,
    /// How many lines come before those that were not waited for.
    read: usize,
    // Stopped on drop.
    group: Group,
}

impl Process {
    /// Starts `command`, and reads what it prints. `scratch` is removed by whatever outlives this process, if its end comes
    /// before a drop.
    ///
    /// # Errors
    ///
    /// The program cannot be started.
    pub(crate) fn start(name: &str, command: &mut Command, scratch: Option<&Path>) -> anyhow::Result<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut group = Group::start(command, scratch)?;
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            group.child().stdout.take().map(|output| Box::new(output) as _),
            group.child().stderr.take().map(|output| Box::new(output) as _),
        ];
        let printed = Printed::read(outputs.into_iter().flatten().collect());
        Ok(Self { name: name.to_owned(), printed, read: 0, group })
    }

    /// Waits for a line that contains `text`, after the one that was waited for last.
    ///
    /// # Errors
    ///
    /// The process ends, or `deadline` passes. The message holds the last lines it printed.
    pub(crate) async fn wait_for_line(&mut self, text: &str, deadline: Duration) -> anyhow::Result<()> {
        let (mut looked_at, mut found) = (self.read, None);
        let is_there = self.printed.wait_for(|printed| {
            found = printed.find(looked_at, text);
            looked_at = printed.count();
            found.is_some() || printed.has_ended()
        });
        // What it started may live on and keep its outputs open.
        let has_ended = async {
            let _ = self.group.ended().await;
            sleep(LAST_WORDS).await;
        };
        let in_time = timeout(deadline, async {
            tokio::select! {
                _ = is_there => {}
                () = has_ended => {}
            }
        });
        let in_time = in_time.await.is_ok();
        if let Some(found) = found {
            self.read = found + 1;
            return Ok(());
        }
        let why =
            if in_time { "ended".to_owned() } else { format!("did not say {text:?} within {deadline:?}") };
        bail!("{} {why}{}", self.name, last_words::told(&self.printed.borrow().lines(self.read)))
    }

    /// The last lines it printed, or nothing, to follow a reason in a message.
    pub(crate) fn last_words(&self) -> String {
        last_words::told(&self.printed.borrow().lines(0))
    }

    /// All lines it printed that are kept.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.printed.borrow().lines(0)
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<ExitStatus> {
        self.group.ended().await
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn id(&self) -> u32 {
        self.group.id()
    }

    /// Ends it at once, as `kill -9` does, with all that it started.
    pub(crate) fn kill(&mut self) {
        self.group.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn shell(script: &str) -> Process {
        Process::start("the shell", Command::new("sh").args(["-c", script]), None).unwrap()
    }

    #[tokio::test]
    async fn a_process_that_ends_early_says_its_last_words() {
        let mut process = shell("echo no license >&2; exit 3");
        let error = process.wait_for_line("ready", Duration::from_secs(10)).await.unwrap_err();
        assert_eq!(error.to_string(), "the shell ended; it printed last:\n  no license");
    }

    #[tokio::test]
    async fn one_that_leaves_a_child_behind_has_ended_too() {
        let mut process = shell("sleep 60 & echo fatal; exit 1");
        let error = process.wait_for_line("ready", Duration::from_secs(60)).await.unwrap_err();
        assert_eq!(error.to_string(), "the shell ended; it printed last:\n  fatal");
    }

    #[tokio::test]
    async fn a_process_has_the_variables_and_the_children_that_it_was_given() {
        let mut command = Command::new("/usr/bin/env");
        command.env_clear().env("a.dotted-name", "1");
        let mut process = Process::start("env", &mut command, None).unwrap();
        process.wait_for_line("a.dotted-name=1", Duration::from_secs(10)).await.unwrap();
        assert!(process.ended().await.unwrap().success());
        assert_eq!(process.printed(), ["a.dotted-name=1"]);
        let mut process = shell("wait; echo no child is left");
        process.wait_for_line("no child is left", Duration::from_secs(10)).await.unwrap();
    }

    #[tokio::test]
    async fn a_process_that_never_gets_ready_is_given_up() {
        let mut process = shell("echo thinking; sleep 60");
        // The shell itself may need longer than it is given below.
        timeout(Duration::from_secs(10), async {
            process.printed.wait_for(|printed| printed.count() > 0).await.unwrap();
        })
        .await
        .unwrap();
        let error = process.wait_for_line("ready", Duration::from_millis(300)).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the shell did not say \"ready\" within 300ms; it printed last:\n  thinking"
        );
        let started = Instant::now();
        drop(process);
        assert!(started.elapsed() < Duration::from_secs(5), "it was not stopped at once");
    }

    #[tokio::test]
    async fn what_a_process_started_stops_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let mut process =
            shell(&format!("mkfifo {pipe}; sleep 60 > {pipe} & echo ready; wait", pipe = pipe.display()));
        process.wait_for_line("ready", Duration::from_secs(10)).await.unwrap();
        // Whether a process is gone cannot be asked without a race for its id. But the pipe ends with whoever could write
        // to it. Opening and reading block, and so does a runtime that waits for them: a thread is waited for no longer than
        // the deadline.
        let (told, mut tells) = tokio::sync::mpsc::unbounded_channel();
        std::thread::spawn(move || {
            let mut pipe = std::fs::File::open(pipe).unwrap();
            told.send(None).unwrap();
            let _ = told.send(Some(pipe.read(&mut [0]).unwrap()));
        });
        let mut tell = async || timeout(Duration::from_secs(10), tells.recv()).await.expect("it goes on");
        assert_eq!(tell().await, Some(None), "it has opened the pipe");
        drop(process);
        assert_eq!(tell().await, Some(Some(0)), "the pipe has ended");
    }
}
