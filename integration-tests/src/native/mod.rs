//! Brokers as child processes, on loopback ports of their own, with private data.

mod kafka;
mod nats;
mod rabbitmq;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{Broker, Process, ports};

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

/// Starts a broker, and waits until it answers. Dropping the future stops what was started.
///
/// # Errors
///
/// It is not installed, or does not come up. The message says what would help.
pub async fn start(broker: Broker) -> anyhow::Result<Native> {
    let mut tries = 0;
    loop {
        tries += 1;
        let started = match broker {
            Broker::Kafka => kafka::start().await,
            Broker::RabbitMq => rabbitmq::start().await,
            Broker::Nats => nats::start().await,
        };
        match started {
            // Somebody was faster: the next try has other ports.
            Err(error) if ports::taken(&error) && tries < ports::TRIES => {}
            other => return other,
        }
    }
}

/// What `cargo xtask test` put by, in the workspace's target folder.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/brokers")
}

/// Finds a program: by its variable, at its usual places, in the workspace's cache, or on the path.
fn find(variable: &str, name: &str, places: &[&str]) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        return Some(path.into());
    }
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&on_path).map(|folder| folder.join(name));
    places.iter().map(PathBuf::from).chain([cache().join(name)]).chain(on_path).find(|path| path.is_file())
}
