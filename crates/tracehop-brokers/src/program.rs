//! A program that a test starts.

use std::io;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use crate::process::Process;

/// A program that a test starts, for example a service that is tested. It does not outlive the test program, whatever ends
/// that, and neither does what it starts itself, unless that leaves its process group, as a daemon does. If it is dropped by
/// a panic, as that of an assertion, its last lines are shown.
///
/// ```
/// use std::process::Command;
/// use std::time::Duration;
/// use tracehop_brokers::Program;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut service = Program::start(Command::new("sh").args(["-c", "echo it is ready; sleep 60"]))?;
/// service.wait_for_line("is ready", Duration::from_secs(10)).await?;
/// drop(service); // it stops
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Program {
    process: Process,
}

impl Program {
    /// Starts a command. Its input is empty, and its outputs are read, so that it never waits for a reader. It is in a process
    /// group of its own, which interruptions from the terminal do not reach.
    ///
    /// # Errors
    ///
    /// It cannot be started, there is no shell `sh`, or this is no Unix.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let process = Process::start(&name, command, None).map_err(error)?;
        Ok(Self { process })
    }

    /// Waits until it prints a line that contains `text`, on either output: a line that came after the one that was waited for
    /// last. A line ends with a line break. It needs a runtime of tokio.
    ///
    /// # Errors
    ///
    /// It ends, or `deadline` passes. The message has the last lines that it printed.
    ///
    /// # Cancel safety
    ///
    /// This is cancel safe.
    pub async fn wait_for_line(&mut self, text: &str, deadline: Duration) -> io::Result<()> {
        self.process.wait_for_line(text, deadline).await.map_err(error)
    }

    /// What it printed: the last 10,000 lines, and 4 MiB, of both outputs, in the order in which they came.
    pub fn printed(&self) -> Vec<String> {
        self.process.printed()
    }

    /// Waits until it ends by itself. It needs a runtime of tokio.
    ///
    /// # Errors
    ///
    /// The system does not tell.
    ///
    /// # Cancel safety
    ///
    /// This is cancel safe.
    pub async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.process.ended().await.map_err(error)
    }

    /// Its number in the system.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it at once, as `kill -9` does, with all that it started. Dropping it asks it to end, and does this after ten
    /// seconds.
    pub fn kill(&mut self) {
        self.process.kill();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}{}", self.process.name(), self.process.last_words());
        }
    }
}

/// Its text has all that is known; a backtrace would say less.
#[expect(clippy::needless_pass_by_value, reason = "it is for `map_err`")]
fn error(error: anyhow::Error) -> io::Error {
    io::Error::other(format!("{error:#}"))
}
