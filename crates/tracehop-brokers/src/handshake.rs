//! The first words of each broker's protocol.
//!
//! A port that accepts proves nothing: Docker's proxy accepts before its container listens, and a broker may listen
//! before it serves. Who answers in the protocol is there.

use std::time::Duration;

use anyhow::ensure;
use broker_table::Broker;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::address::servers;
use crate::recipes;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Speaks with the broker at `address` until it answers, and returns the version it tells: Kafka tells none.
///
/// An address that asks for TLS is left to the client that has the certificates.
///
/// # Errors
///
/// It is no address of this broker, or nobody answers within `deadline`. The message is that of the last attempt.
pub(crate) async fn until_answered(
    broker: Broker,
    address: &str,
    deadline: Duration,
) -> anyhow::Result<Option<String>> {
    let servers = servers(broker, address)?;
    if servers.iter().all(Option::is_none) {
        return Ok(None);
    }
    let until = Instant::now() + deadline;
    loop {
        let mut last = anyhow::anyhow!("no address");
        for server in servers.iter().flatten() {
            match timeout(ATTEMPT, attempt(broker, server)).await {
                Ok(Ok(version)) => return Ok(version),
                Ok(Err(error)) => last = error.context(format!("{server} does not answer as {broker}")),
                Err(_) => last = anyhow::anyhow!("{server} says nothing for {ATTEMPT:?}"),
            }
        }
        if Instant::now() > until {
            return Err(last);
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until nobody listens at `address` any more: what a process had open is closed a moment after it was killed.
///
/// # Errors
///
/// Somebody still listens after `deadline`.
pub(crate) async fn until_refused(broker: Broker, address: &str, deadline: Duration) -> anyhow::Result<()> {
    let until = Instant::now() + deadline;
    for server in servers(broker, address)?.into_iter().flatten() {
        // Who listens and does not accept lets everybody wait.
        while !matches!(timeout(ATTEMPT, TcpStream::connect(&server)).await, Ok(Err(_))) {
            ensure!(Instant::now() < until, "somebody still listens at {server} after {deadline:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

async fn attempt(broker: Broker, server: &str) -> anyhow::Result<Option<String>> {
    let mut stream = TcpStream::connect(server).await?;
    recipes::of(broker).greet(&mut stream).await
}

#[cfg(test)]
mod tests;
