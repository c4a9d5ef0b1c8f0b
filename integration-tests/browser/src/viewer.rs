//! The program `tracehop view`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::child::Child;

/// Has the path of the program. `cargo xtask` sets it.
const PROGRAM: &str = "TRACEHOP_PROGRAM";

/// For a condition on what the viewer has. Journeys of the demo take a few seconds.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often to ask.
const LOOK: Duration = Duration::from_millis(50);

/// The lines in which it says its addresses begin so.
const LINES: [&str; 3] = ["page: ", "otlp grpc: ", "otlp http: "];

/// `tracehop view` as a child process, on ports that are free.
#[derive(Debug)]
pub struct Viewer {
    child: Child,
    page: String,
    grpc: String,
    http: String,
}

impl Viewer {
    /// Starts it, and waits until it says its addresses.
    ///
    /// # Errors
    ///
    /// The program is not built, or does not start. The message has its last lines.
    pub async fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        Self::start_program(&program()?, arguments).await
    }

    /// The same with a program of one's choice.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    pub async fn start_program(program: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        Self::start_at(program, "0", arguments).await
    }

    async fn start_at(program: &Path, page_port: &str, arguments: &[&str]) -> anyhow::Result<Self> {
        let mut command = Command::new(program);
        command.args(["view", "--no-open", "--page-port", page_port, "--grpc-port", "0", "--http-port", "0"]);
        command.args(arguments);
        // Of the viewer's own variables it has those of this process's tests only.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("OTEL_") || name.starts_with("TRACEHOP_") {
                command.env_remove(name.as_ref());
            }
        }
        let mut child = Child::start("tracehop view", &mut command)?;
        let mut addresses = LINES.map(|_| String::new());
        while addresses.iter().any(String::is_empty) {
            let (place, address) = child.said(address).await?;
            if let Some(found) = addresses.get_mut(place) {
                *found = address;
            }
        }
        let [page, grpc, http] = addresses;
        Ok(Self { child, page, grpc, http })
    }

    /// Ends it as a crash does.
    ///
    /// # Errors
    ///
    /// It does not end.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().await
    }

    /// After [`kill`](Self::kill): starts it again, empty, with its page where it was before.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    pub async fn start_again(&mut self, arguments: &[&str]) -> anyhow::Result<()> {
        let (_, port) = self.page.rsplit_once(':').context("the page has no port")?;
        *self = Self::start_at(&program()?, port, arguments).await?;
        Ok(())
    }

    /// Where the page is, such as `http://127.0.0.1:7070`.
    #[must_use]
    pub fn page(&self) -> &str {
        &self.page
    }

    /// Where OTLP over gRPC goes.
    #[must_use]
    pub fn grpc(&self) -> &str {
        &self.grpc
    }

    /// Where OTLP over HTTP goes, without the path.
    #[must_use]
    pub fn http(&self) -> &str {
        &self.http
    }

    /// Sends it a request of OTLP in JSON with spans.
    ///
    /// # Errors
    ///
    /// It does not take it.
    pub async fn send(&self, request: &Value) -> anyhow::Result<()> {
        let (url, body) = (format!("{}/v1/traces", self.http), request.to_string());
        let post = move || ureq::post(&url).header("Content-Type", "application/json").send(body);
        tokio::task::spawn_blocking(post).await?.context("the spans are not taken in")?;
        Ok(())
    }

    /// Writes a journey as a page, by `tracehop export`.
    ///
    /// # Errors
    ///
    /// The command fails. The message has what it printed.
    pub async fn export(&self, journey: &str, file: &Path) -> anyhow::Result<()> {
        let mut command = Command::new(program()?);
        command.args(["export", journey, "--from", &format!("view={}", self.page), "--out"]).arg(file);
        let ended = command.stdin(Stdio::null()).output().await.context("tracehop cannot be run")?;
        ensure!(ended.status.success(), "no export: {}", String::from_utf8_lossy(&ended.stderr));
        Ok(())
    }

    /// The number of its process.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it answers to a path of its JSON API, such as `/api/v1/journeys`.
    ///
    /// # Errors
    ///
    /// It cannot be reached, the status is no success, or the answer is not JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.page);
        let asked = url.clone();
        let answer = tokio::task::spawn_blocking(move || ureq::get(&asked).call()?.body_mut().read_to_vec());
        let answer = answer
            .await?
            .with_context(|| format!("{url}; the viewer printed last:\n{}", self.child.last_words()))?;
        serde_json::from_slice(&answer).with_context(|| format!("{url} does not answer in JSON"))
    }

    /// Asks for a path until `find` finds something in the answer, and returns that.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get), or nothing was found within a minute. The message has the last answer.
    pub async fn wait_for<T>(&self, path: &str, find: impl Fn(&Value) -> Option<T>) -> anyhow::Result<T> {
        let until = Instant::now() + DEADLINE;
        loop {
            let answer = self.get(path).await?;
            if let Some(found) = find(&answer) {
                return Ok(found);
            }
            ensure!(Instant::now() < until, "{path} still answers {answer:#}");
            sleep(LOOK).await;
        }
    }
}

/// Which address a line says, and which it is.
fn address(line: &str) -> Option<(usize, String)> {
    LINES.iter().enumerate().find_map(|(place, start)| {
        let address = line.trim().strip_prefix(start)?;
        Some((place, address.split_whitespace().next()?.to_owned()))
    })
}

/// The program: the one that `TRACEHOP_PROGRAM` names, or that which cargo put beside this one.
///
/// # Errors
///
/// It is not built.
pub fn program() -> anyhow::Result<PathBuf> {
    if let Some(program) = std::env::var_os(PROGRAM) {
        return Ok(program.into());
    }
    let this = std::env::current_exe()?;
    // Tests are in `deps`, below the programs.
    let found =
        this.ancestors().skip(1).take(2).map(|folder| folder.join("tracehop")).find(|file| file.is_file());
    found.with_context(|| {
        format!("there is no program tracehop: `cargo build -p tracehop-cli`, or name one in {PROGRAM}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_from_its_line() {
        for (line, expected) in [
            ("page: http://127.0.0.1:7070", Some((0, "http://127.0.0.1:7070"))),
            ("  otlp grpc: http://127.0.0.1:4317 (traces, logs)", Some((1, "http://127.0.0.1:4317"))),
            ("page: ", None),
            ("the page is open", None),
        ] {
            let expected = expected.map(|(place, address): (usize, &str)| (place, address.to_owned()));
            assert_eq!(address(line), expected, "{line}");
        }
    }
}
