//! NATS, with JetStream.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::home::Home;
use super::recipe::{Doing, MAX_ANSWER_BYTES, Recipe};
use super::scheme::Scheme;
use super::settings::Settings;
use super::started::Started;
use crate::process::{Process, find};

/// Several times what it takes: a machine that is busy elsewhere is slow to start it, and one that fails ends at once.
const DEADLINE: Duration = Duration::from_secs(60);

pub(super) const RECIPE: Nats = Nats;

pub(super) struct Nats;

impl Recipe for Nats {
    fn scheme(&self, scheme: &str) -> Scheme {
        match scheme {
            "" | "nats" => Scheme::Plain(4222),
            "tls" | "ws" | "wss" => Scheme::Tls,
            _ => Scheme::Unknown("it begins with nats:// or tls://, or has no scheme"),
        }
    }

    fn address(&self, host: &str, port: u16) -> String {
        format!("nats://{host}:{port}")
    }

    fn greet<'a>(&'a self, stream: &'a mut TcpStream) -> Doing<'a, Option<String>> {
        Box::pin(greet(stream))
    }

    fn container(&self, _host: &str, _mapped: u16) -> Settings {
        Settings {
            port: 4222,
            ready: "Server is ready",
            deadline: Duration::from_secs(30),
            environment: Vec::new(),
            arguments: &["-js"],
            files: None,
            version_after: None,
        }
    }

    fn prepare<'a>(&'a self, _home: &'a Home) -> Doing<'a, ()> {
        Box::pin(async { server().map(drop) })
    }

    fn start<'a>(&'a self, home: &'a Home) -> Doing<'a, Started> {
        Box::pin(start(home))
    }
}

/// The server speaks first: [`INFO {...}`](https://docs.nats.io/reference/reference-protocols/nats-protocol#info).
async fn greet(stream: &mut TcpStream) -> anyhow::Result<Option<String>> {
    let mut line = Vec::new();
    loop {
        match stream.read_u8().await? {
            b'\n' => break,
            _ if line.len() > MAX_ANSWER_BYTES => bail!("this is another protocol"),
            byte => line.push(byte),
        }
    }
    let info = line.strip_prefix(b"INFO ").context("this is another protocol")?;
    let info: Value = serde_json::from_slice(info).context("its INFO is not JSON")?;
    Ok(info.get("version").and_then(Value::as_str).map(str::to_owned))
}

fn server() -> anyhow::Result<PathBuf> {
    find("TRACEHOP_NATS_SERVER", "nats-server", &[]).context(
        "nats-server is not installed: put it on the PATH (`brew install nats-server`, or \
         `go install github.com/nats-io/nats-server/v2@latest`), or set TRACEHOP_NATS_SERVER to the program, or \
         TRACEHOP_NATS_URL to a server that runs",
    )
}

async fn start(home: &Home) -> anyhow::Result<Started> {
    let mut command = Command::new(server()?);
    command
        .args(["--addr", "127.0.0.1", "--port", &home.port().to_string(), "--jetstream", "--store_dir"])
        .arg(home.path("data"));
    let mut process = Process::start("nats-server", &mut command, Some(home.directory()))?;
    process.wait_for_line("Server is ready", DEADLINE).await?;
    Ok(Started { version: None, processes: vec![process] })
}
