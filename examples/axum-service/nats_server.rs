//! A NATS server: a given one, one that is started, or a stand-in.

use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::nats_stand_in::NatsStandIn;

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct NatsServer {
    url: String,
    kind: Kind,
}

enum Kind {
    Given,
    /// It is killed when this is dropped.
    Started {
        _process: Child,
    },
    StandIn {
        _server: NatsStandIn,
    },
}

impl NatsServer {
    pub(crate) async fn start(url: Option<&str>) -> anyhow::Result<Self> {
        let set = || env::var("TRACEHOP_NATS_URL").ok().filter(|url| !url.is_empty());
        if let Some(url) = url.map(str::to_owned).or_else(set) {
            return Ok(Self { url, kind: Kind::Given });
        }
        if let Some(program) = installed() {
            return Self::spawn(program).await;
        }
        let server = NatsStandIn::start().await?;
        Ok(Self { url: server.url(), kind: Kind::StandIn { _server: server } })
    }

    async fn spawn(program: PathBuf) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port().to_string();
        let mut process = Command::new(&program)
            .args(["--addr", "127.0.0.1", "--port", &port])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let log = process.stderr.take().context("nats-server has no log")?;
        let mut lines = BufReader::new(log).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if line.contains("Server is ready") {
                    return Ok(());
                }
            }
            bail!("{} ended", program.display())
        };
        timeout(PATIENCE, ready).await.context("nats-server does not get ready")??;
        // Somebody has to read what it says, or it would wait for that.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { url: format!("nats://127.0.0.1:{port}"), kind: Kind::Started { _process: process } })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Its address, without a password.
    pub(crate) fn description(&self) -> String {
        let host = self.url.rsplit(['@', '/']).next().unwrap_or_default();
        let kind = match self.kind {
            Kind::Given => "",
            Kind::Started { .. } => " (nats-server, started)",
            Kind::StandIn { .. } => " (a stand-in inside this process)",
        };
        format!("{host}{kind}")
    }
}

/// A nats-server of this machine, or the one that `cargo xtask test` has fetched.
fn installed() -> Option<PathBuf> {
    let set = env::var_os("TRACEHOP_NATS_SERVER").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join("nats-server"));
    let fetched = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/brokers/nats-server"));
    set.into_iter().chain(on_path).chain([fetched]).find(|program| program.is_file())
}
