//! The children that take turns: any program that answers a number of messages with what they took.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail, ensure};

/// No slice takes so long, however busy the machine is.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a slice took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Took {
    pub(crate) messages: f64,
    pub(crate) seconds: f64,
    /// Of the process, all its threads together.
    pub(crate) cpu_seconds: f64,
    /// Spans that the process itself counted.
    pub(crate) spans: u64,
    pub(crate) allocations: f64,
}

impl Took {
    /// `messages elapsed cpu spans allocations`, times in nanoseconds; the last two may be missing.
    fn parse(line: &str) -> anyhow::Result<Self> {
        let numbers: Vec<f64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let at = |place: usize| numbers.get(place).copied();
        let (Some(messages), Some(elapsed), Some(cpu)) = (at(0), at(1), at(2)) else {
            bail!("a child said {line:?}")
        };
        ensure!(messages > 0.0, "a child did nothing");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let spans = at(3).unwrap_or_default() as u64;
        let allocations = at(4).unwrap_or_default();
        Ok(Self { messages, seconds: elapsed / 1e9, cpu_seconds: cpu / 1e9, spans, allocations })
    }

    /// Microseconds of CPU for each message.
    pub(crate) fn cpu(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.messages
    }

    /// Messages a second.
    pub(crate) fn rate(&self) -> f64 {
        self.messages / self.seconds
    }

    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            messages: self.messages + other.messages,
            seconds: self.seconds + other.seconds,
            cpu_seconds: self.cpu_seconds + other.cpu_seconds,
            spans: self.spans + other.spans,
            allocations: self.allocations + other.allocations,
        }
    }
}

/// A child. It ends with this.
pub(crate) struct Member {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    name: String,
}

impl Member {
    /// Starts the child, and waits until it says that it is ready.
    pub(crate) fn start(name: String, command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            // The sink is on this machine.
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("no_proxy", "127.0.0.1,localhost")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let output = child.stdout.take().context("a child has no output")?;
        let (said, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take();
        let member = Self { child, input, lines, name };
        while member.hear()? != "ready" {}
        Ok(member)
    }

    pub(crate) fn slice(&mut self, messages: u32) -> anyhow::Result<Took> {
        self.say(&messages.to_string())?;
        Took::parse(&self.hear()?).with_context(|| self.name.clone())
    }

    /// Tells the child a line.
    pub(crate) fn say(&mut self, line: &str) -> anyhow::Result<()> {
        let input = self.input.as_mut().context("a child has no input")?;
        writeln!(input, "{line}")?;
        Ok(input.flush()?)
    }

    /// Waits for a line of the child.
    pub(crate) fn hear(&self) -> anyhow::Result<String> {
        self.lines.recv_timeout(DEADLINE).with_context(|| format!("{} says nothing", self.name))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // It ends when it reads no more; whoever hangs is ended.
        drop(self.input.take());
        for _ in 0..100 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_says_is_understood() {
        let took = Took::parse("1000 2000000000 1000000 999 5000").unwrap();
        assert!((took.rate() - 500.0).abs() < 1e-9 && (took.cpu() - 1.0).abs() < 1e-9);
        assert_eq!(took.spans, 999);
        assert!(Took::parse("1 2").is_err() && Took::parse("0 1 1").is_err() && Took::parse("oops").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_child_answers_each_slice_and_ends() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo ready; while read n; do echo $n 1000 1000; done"]);
        let mut member = Member::start("sh".to_owned(), &mut command).unwrap();
        assert!((member.slice(7).unwrap().messages - 7.0).abs() < 1e-9);
    }
}
