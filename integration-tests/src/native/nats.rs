//! nats-server.

use std::process::Command;
use std::time::Duration;

use anyhow::Context;

use super::{Native, find};
use crate::{Broker, Process, handshake, ports};

/// Several times what it takes: a machine that is busy elsewhere is slow to start it, and one that fails ends at once.
const DEADLINE: Duration = Duration::from_secs(60);

pub(super) async fn start() -> anyhow::Result<Native> {
    let server = find("TRACEHOP_NATS_SERVER", "nats-server", &[]).context(
        "nats-server is not installed: `cargo xtask test` fetches it, or put it on the PATH, or set TRACEHOP_NATS_URL",
    )?;
    let directory = tempfile::tempdir()?;
    let port = ports::free()?;
    let mut command = Command::new(server);
    command
        .args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--jetstream", "--store_dir"])
        .arg(directory.path());
    let mut process = Process::start("nats-server", &mut command)?;
    process.wait_for_line("Server is ready", DEADLINE).await?;
    let address = format!("nats://127.0.0.1:{port}");
    let version = handshake::until_answered(Broker::Nats, &address, DEADLINE).await?;
    Ok(Native {
        address,
        version: version.unwrap_or_else(|| "unknown".to_owned()),
        _processes: vec![process],
        _directory: directory,
    })
}
