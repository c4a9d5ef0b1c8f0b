//! A service in another language, as a child process.

use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{ChildStdin, Command};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::command::{Group, last_words};
use crate::word::{Header, Word};

/// A peer that runs. It is killed when this is dropped, and ends by itself when this process does, whatever ends it, because its
/// standard input is closed then.
#[derive(Debug)]
pub(crate) struct Peer {
    group: Group,
    lines: UnboundedReceiver<String>,
    /// What it printed that is no word.
    printed: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "it closes when this is dropped"))]
    stdin: Option<ChildStdin>,
}

impl Peer {
    /// # Errors
    ///
    /// The program cannot be started.
    pub(crate) fn start(command: &mut Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let name = command.as_std().get_program().to_string_lossy().into_owned();
        let mut group = Group::start(command).with_context(|| format!("{name} cannot be started"))?;
        let (sender, lines) = mpsc::unbounded_channel();
        if let Some(stdout) = group.child.stdout.take() {
            tokio::spawn(pass_on(stdout, sender.clone()));
        }
        if let Some(stderr) = group.child.stderr.take() {
            tokio::spawn(pass_on(stderr, sender));
        }
        let stdin = group.child.stdin.take();
        Ok(Self { group, lines, printed: Vec::new(), stdin })
    }

    /// Waits until it says that it gets what is sent from now on.
    ///
    /// # Errors
    ///
    /// It says something else, or ends.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<()> {
        match self.next().await? {
            Word::Ready => Ok(()),
            other => bail!("the peer should be ready, and said {other:?}"),
        }
    }

    /// Waits until it has done its work and has ended, and returns the headers of each message that it has handled.
    ///
    /// # Errors
    ///
    /// It fails, or ends too early.
    ///
    /// # Cancel safety
    ///
    /// What it has said is lost.
    pub(crate) async fn ended(&mut self) -> anyhow::Result<Vec<Vec<Header>>> {
        let mut messages = Vec::new();
        loop {
            match self.next().await? {
                Word::Message { headers } => messages.push(headers),
                Word::Done => break,
                Word::Ready => bail!("the peer was ready twice"),
            }
        }
        let status = self.group.child.wait().await?;
        if !status.success() {
            while let Some(line) = self.lines.recv().await {
                self.printed.push(line);
            }
            bail!("the peer ended with {status}{}", self.last_words());
        }
        Ok(messages)
    }

    async fn next(&mut self) -> anyhow::Result<Word> {
        while let Some(line) = self.lines.recv().await {
            if let Some(word) = Word::read(&line) {
                return Ok(word);
            }
            self.printed.push(line);
        }
        let status = self.group.child.wait().await?;
        bail!("the peer ended too early, with {status}{}", self.last_words())
    }

    /// What it printed last, indented, to follow the reason in a message; nothing if there is nothing.
    pub(crate) fn last_words(&mut self) -> String {
        while let Ok(line) = self.lines.try_recv() {
            self.printed.push(line);
        }
        last_words(&self.printed)
    }
}

/// To the end: the peer must never wait for somebody to read.
async fn pass_on(output: impl AsyncRead + Unpin, sender: UnboundedSender<String>) {
    let mut lines = BufReader::new(output).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let _ = sender.send(String::from_utf8_lossy(&line).trim_end().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn peer(script: &str) -> Peer {
        Peer::start(Command::new("sh").args(["-c", script])).unwrap()
    }

    async fn within<T>(future: impl Future<Output = T>) -> T {
        timeout(Duration::from_secs(20), future).await.unwrap()
    }

    #[tokio::test]
    async fn what_a_peer_handled_is_known_when_it_has_ended() {
        let mut peer = peer(
            r#"echo noise; echo '{"said":"ready"}'
            echo '{"said":"message","headers":[["a","1"]]}'; echo '{"said":"done"}'"#,
        );
        within(peer.ready()).await.unwrap();
        assert_eq!(within(peer.ended()).await.unwrap(), [[("a".to_owned(), "1".to_owned())]]);
    }

    #[tokio::test]
    async fn a_peer_that_dies_tells_its_last_words() {
        let mut early = peer("echo no such queue >&2; exit 3");
        let error = within(early.ready()).await.unwrap_err().to_string();
        let expected = "the peer ended too early, with exit status: 3; it printed last:\n    no such queue";
        assert_eq!(error, expected);
        let mut late = peer(r#"echo '{"said":"done"}'; echo lost spans; exit 1"#);
        let error = within(late.ended()).await.unwrap_err().to_string();
        assert_eq!(error, "the peer ended with exit status: 1; it printed last:\n    lost spans");
    }

    #[tokio::test]
    async fn a_peer_sees_its_standard_input_close_when_it_is_let_go() {
        let mut peer = peer(r#"cat; echo '{"said":"done"}'"#);
        peer.stdin = None;
        assert!(within(peer.ended()).await.unwrap().is_empty());
    }
}
