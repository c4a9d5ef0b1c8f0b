//! A broker as a child process, which does not outlive its owner.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// How long a broker may take to stop by itself.
const GRACE: Duration = Duration::from_secs(10);

/// A running process, and whatever it started. Dropping it stops all of them.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    child: Child,
    lines: Receiver<String>,
}

impl Process {
    /// Starts `command` in a process group of its own.
    ///
    /// # Errors
    ///
    /// The program cannot be started.
    pub fn start(name: &'static str, command: &mut Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().with_context(|| format!("cannot start {name} ({command:?})"))?;
        let (sender, lines) = mpsc::channel();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|output| Box::new(output) as _),
            child.stderr.take().map(|output| Box::new(output) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            // It reads to the end, so that the broker never waits for somebody to read; it ends with the broker.
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        Ok(Self { name, child, lines })
    }

    /// Waits until the process prints a line that contains `text`.
    ///
    /// # Errors
    ///
    /// It ends, or `deadline` passes. The message holds the last lines it printed.
    pub fn wait_for_line(&mut self, text: &str, deadline: Duration) -> anyhow::Result<()> {
        let until = Instant::now() + deadline;
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(text) => return Ok(()),
                Ok(line) => seen.push(line),
                Err(error) => {
                    let why = match error {
                        RecvTimeoutError::Timeout => format!("did not say {text:?} within {deadline:?}"),
                        RecvTimeoutError::Disconnected => "ended".to_owned(),
                    };
                    let last = seen.split_off(seen.len().saturating_sub(20)).join("\n  ");
                    bail!("{} {why}; it printed last:\n  {last}", self.name);
                }
            }
        }
    }

    fn signal(&self, signal: &str) {
        // The group's id is the child's, see `process_group` above.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal("-TERM");
        let until = Instant::now() + GRACE;
        // Its outputs close when it ends: no need to ask again and again.
        while let Ok(_line) = self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {}
        self.signal("-KILL");
        let _ = self.child.wait();
    }
}
