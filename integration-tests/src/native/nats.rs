//! nats-server.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use serde_json::Value;

use super::{Native, find};
use crate::Process;

const DEADLINE: Duration = Duration::from_secs(20);

pub(super) fn start() -> anyhow::Result<Native> {
    let server = find("TRACEHOP_NATS_SERVER", "nats-server", &[]).context(
        "nats-server is not installed: `cargo xtask test` fetches it, or put it on the PATH, or set TRACEHOP_NATS_URL",
    )?;
    let version = Command::new(&server).arg("--version").output().context("nats-server does not run")?;
    let version =
        String::from_utf8_lossy(&version.stdout).trim().trim_start_matches("nats-server: ").to_owned();
    let directory = tempfile::tempdir()?;
    let mut command = Command::new(server);
    command
        .args(["--addr", "127.0.0.1", "--port", "-1", "--http_port", "-1", "--jetstream"])
        .arg("--store_dir")
        .arg(directory.path().join("jetstream"))
        .arg("--ports_file_dir")
        .arg(directory.path());
    let mut process = Process::start("nats-server", &mut command)?;
    process.wait_for_line("Server is ready", DEADLINE)?;
    let address = client_url(directory.path()).context("nats-server did not write down its ports")?;
    Ok(Native { address, version, _processes: vec![process], _directory: directory })
}

/// The server writes the ports it chose into `nats-server_PID.ports`.
fn client_url(directory: &Path) -> Option<String> {
    let files = directory.read_dir().ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let ports =
        files.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "ports"))?;
    let ports: Value = serde_json::from_slice(&std::fs::read(ports).ok()?).ok()?;
    Some(ports.pointer("/nats/0")?.as_str()?.to_owned())
}
