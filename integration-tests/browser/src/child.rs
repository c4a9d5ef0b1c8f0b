//! A child process that says where it can be reached.

use std::collections::VecDeque;
use std::fmt;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child as Process, Command};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;

/// A program that is started on a busy machine has said its address by then.
const START: Duration = Duration::from_secs(60);

/// How many of its last lines are told when something goes wrong.
const LAST_WORDS: usize = 30;

/// A child process with all that it starts itself. They are killed when it is dropped.
pub(crate) struct Child {
    name: &'static str,
    process: Process,
    lines: UnboundedReceiver<String>,
    last_words: Arc<Mutex<VecDeque<String>>>,
}

impl Child {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// It cannot be run.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // A group of its own: what it starts is ended with it.
        #[cfg(unix)]
        command.process_group(0);
        let mut process = command.spawn().with_context(|| format!("cannot run {name}"))?;
        let (sender, lines) = mpsc::unbounded_channel();
        let last_words = Arc::default();
        if let Some(output) = process.stdout.take() {
            read(output, Some(sender), &last_words);
        }
        if let Some(complaints) = process.stderr.take() {
            read(complaints, None, &last_words);
        }
        Ok(Self { name, process, lines, last_words })
    }

    /// Waits for a line of its standard output that `find` finds something in.
    ///
    /// # Errors
    ///
    /// It ended, or has not said it for a minute. The message has its last lines.
    pub(crate) async fn said<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> anyhow::Result<T> {
        let said = async {
            while let Some(line) = self.lines.recv().await {
                if let Some(found) = find(&line) {
                    return Some(found);
                }
            }
            None
        };
        match timeout(START, said).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => bail!("{} ended; it printed last:\n{}", self.name, self.last_words()),
            Err(_) => {
                bail!("{} does not say its address; it printed last:\n{}", self.name, self.last_words())
            }
        }
    }

    /// Ends it as a crash does, with all that it started, and waits until it is gone.
    ///
    /// # Errors
    ///
    /// It cannot be waited for.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        self.kill_group();
        self.process.kill().await.with_context(|| format!("{} does not end", self.name))
    }

    fn kill_group(&self) {
        #[cfg(unix)]
        if let Some(group) = self.process.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()))
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }

    /// The number of the process.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// The last lines that it printed.
    pub(crate) fn last_words(&self) -> String {
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        words.iter().cloned().collect::<Vec<_>>().join("\n")
    }
}

fn read(
    output: impl AsyncRead + Send + Unpin + 'static,
    sender: Option<UnboundedSender<String>>,
    last_words: &Arc<Mutex<VecDeque<String>>>,
) {
    let last_words = Arc::clone(last_words);
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut words = last_words.lock().unwrap_or_else(PoisonError::into_inner);
            if words.len() == LAST_WORDS {
                words.pop_front();
            }
            words.push_back(line.clone());
            drop(words);
            if let Some(sender) = &sender {
                // Nobody listens any more once the addresses are known.
                let _ = sender.send(line);
            }
        }
    });
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill_group();
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("name", &self.name)
            .field("process", &self.process.id())
            .finish_non_exhaustive()
    }
}
