//! Brokers as child processes, on loopback ports of their own, with private data.

mod nats;
mod rabbitmq;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use anyhow::Context;
use tempfile::TempDir;

use crate::Process;

/// A broker that runs as long as this lives.
#[derive(Debug)]
pub struct Native {
    /// How clients reach it.
    pub address: String,
    /// What it says of itself.
    pub version: String,
    // Stopped in this order, and only then are the files removed.
    _processes: Vec<Process>,
    _directory: TempDir,
}

/// Starts a NATS server with JetStream.
///
/// # Errors
///
/// It is not installed, or does not come up. The message says what would help.
pub fn nats() -> anyhow::Result<Native> {
    nats::start()
}

/// Starts a RabbitMQ.
///
/// # Errors
///
/// It is not installed, or does not come up. The message says what would help.
pub fn rabbitmq() -> anyhow::Result<Native> {
    rabbitmq::start()
}

/// Finds a program: by its variable, in the workspace's cache, or on the path.
fn find(variable: &str, name: &str, others: &[&str]) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Some(path.into());
    }
    let cached = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/brokers").join(name);
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&on_path).map(|folder| folder.join(name));
    others.iter().map(PathBuf::from).chain([cached]).chain(on_path).find(|path| path.is_file())
}

/// A port nobody listens on. Between this and the broker's start another process may take it: the broker then says so.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no loopback port is free")?;
    Ok(listener.local_addr()?.port())
}
