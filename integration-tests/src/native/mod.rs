//! Brokers as child processes, on loopback ports of their own, with private data.

mod processes;
mod programs;

use std::time::Duration;

use broker_table::Broker;

use crate::{handshake, ports, recipes};

pub use processes::Native;
pub(crate) use programs::{cache, find};

/// For the first answer of a broker that said that it is ready.
const ANSWER: Duration = Duration::from_secs(60);

/// Starts a broker, and waits until it answers. Dropping the future stops what was started.
///
/// # Errors
///
/// It is not installed, or does not come up. The message says what would help.
pub async fn start(broker: Broker) -> anyhow::Result<Native> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_start(broker).await {
            // Somebody was faster: the next try has other ports.
            Err(error) if ports::taken(&error) && tries < ports::TRIES => {}
            other => return other,
        }
    }
}

async fn try_start(broker: Broker) -> anyhow::Result<Native> {
    let started = recipes::of(broker).start().await?;
    let told = handshake::until_answered(broker, &started.address, ANSWER).await?;
    Ok(Native {
        address: started.address,
        version: started.version.or(told).unwrap_or_else(|| "unknown".to_owned()),
        _processes: started.processes,
        _directory: started.directory,
    })
}
