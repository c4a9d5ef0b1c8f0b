//! The first words of each broker's protocol.
//!
//! A port that accepts proves nothing: Docker's proxy accepts before its container listens, and a broker may listen
//! before it serves. Who answers in the protocol is there.

use std::time::Duration;

use anyhow::ensure;
use broker_table::Broker;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::recipes;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(3);

/// Speaks with the broker at `address` until it answers, and returns the version it tells: Kafka tells none.
///
/// An address that asks for TLS is left to the client that has the certificates.
///
/// # Errors
///
/// Nobody answers within `deadline`. The message is that of the last attempt.
pub(crate) async fn until_answered(
    broker: Broker,
    address: &str,
    deadline: Duration,
) -> anyhow::Result<Option<String>> {
    let Some(servers) = servers(broker, address) else { return Ok(None) };
    let until = Instant::now() + deadline;
    loop {
        let mut last = anyhow::anyhow!("no address");
        for server in &servers {
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
    for server in servers(broker, address).unwrap_or_default() {
        while TcpStream::connect(&server).await.is_ok() {
            ensure!(Instant::now() < until, "somebody still listens at {server} after {deadline:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(())
}

/// `host:port` of each server that an address names, or nothing when it asks for TLS.
fn servers(broker: Broker, address: &str) -> Option<Vec<String>> {
    address.split(',').map(|url| server(broker, url.trim())).collect()
}

fn server(broker: Broker, url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let port = recipes::of(broker).port(scheme)?;
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // The last colon of `[::1]` is not one before a port.
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Some(if has_port { host.to_owned() } else { format!("{host}:{port}") })
}

async fn attempt(broker: Broker, server: &str) -> anyhow::Result<Option<String>> {
    let mut stream = TcpStream::connect(server).await?;
    recipes::of(broker).greet(&mut stream).await
}

#[cfg(test)]
mod tests;
