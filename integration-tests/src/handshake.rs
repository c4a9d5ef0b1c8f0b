//! The first words of each broker's protocol.
//!
//! A port that accepts proves nothing: Docker's proxy accepts before its container listens, and a broker may listen
//! before it serves. Who answers in the protocol is there.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::Broker;

/// How long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(3);

/// The largest first answer of any broker is a few kilobytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Speaks with the broker at `address` until it answers, and returns the version it tells: Kafka tells none.
///
/// An address that asks for TLS is left to the client that has the certificates.
///
/// # Errors
///
/// Nobody answers within `deadline`. The message is that of the last attempt.
pub async fn until_answered(
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

/// `host:port` of each server that an address names, or nothing when it asks for TLS.
fn servers(broker: Broker, address: &str) -> Option<Vec<String>> {
    address.split(',').map(|url| server(broker, url.trim())).collect()
}

fn server(broker: Broker, url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let port = match (broker, scheme) {
        (Broker::Kafka, "") => 9092,
        (Broker::RabbitMq, "amqp") => 5672,
        (Broker::Nats, "" | "nats") => 4222,
        _ => return None,
    };
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    // The last colon of `[::1]` is not one before a port.
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Some(if has_port { host.to_owned() } else { format!("{host}:{port}") })
}

async fn attempt(broker: Broker, server: &str) -> anyhow::Result<Option<String>> {
    let mut stream = TcpStream::connect(server).await?;
    match broker {
        Broker::Kafka => kafka(&mut stream).await.map(|()| None),
        Broker::RabbitMq => rabbitmq(&mut stream).await,
        Broker::Nats => nats(&mut stream).await,
    }
}

/// Asks for the [versions of the API](https://kafka.apache.org/41/design/protocol/), as every client does first.
async fn kafka(stream: &mut TcpStream) -> anyhow::Result<()> {
    const CORRELATION: i32 = 0x7472_6163;
    // Size, key, version, correlation, no client id.
    stream.write_i32(10).await?;
    stream.write_i16(18).await?;
    stream.write_i16(0).await?;
    stream.write_i32(CORRELATION).await?;
    stream.write_i16(-1).await?;
    let _size = stream.read_i32().await?;
    ensure!(stream.read_i32().await? == CORRELATION, "this is another protocol");
    let error = stream.read_i16().await?;
    ensure!(error == 0, "it answers with error {error}");
    Ok(())
}

/// Says [which AMQP it speaks](https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf), §4.2.2; the server answers with
/// `Connection.Start`.
async fn rabbitmq(stream: &mut TcpStream) -> anyhow::Result<Option<String>> {
    stream.write_all(b"AMQP\0\0\x09\x01").await?;
    let (kind, _channel, size) =
        (stream.read_u8().await?, stream.read_u16().await?, stream.read_u32().await?);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    ensure!(kind == 1 && size <= MAX_ANSWER_BYTES, "this is another protocol");
    let mut start = vec![0; size];
    stream.read_exact(&mut start).await?;
    ensure!(start.starts_with(&[0, 10, 0, 10]), "it does not start a connection");
    Ok(amqp_version(&start))
}

/// The field `version` of the server's properties, a long string. RabbitMQ has one; who has none is none.
fn amqp_version(start: &[u8]) -> Option<String> {
    const FIELD: &[u8] = b"\x07versionS";
    let field = start.windows(FIELD.len()).position(|bytes| bytes == FIELD)?;
    let (length, rest) = start.get(field + FIELD.len()..)?.split_first_chunk::<4>()?;
    let version = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some(String::from_utf8_lossy(version).into_owned())
}

/// The server speaks first: [`INFO {...}`](https://docs.nats.io/reference/reference-protocols/nats-protocol#info).
async fn nats(stream: &mut TcpStream) -> anyhow::Result<Option<String>> {
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

#[cfg(test)]
mod tests;
