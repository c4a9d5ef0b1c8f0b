//! What an address says.

use anyhow::{bail, ensure};
use broker_table::Broker;

use crate::recipes::{self, Scheme};

/// `host:port` of each server that an address of a broker names. `None` for one that asks for TLS: only a client has the
/// certificates.
///
/// # Errors
///
/// It is no address of this broker.
pub(crate) fn servers(broker: Broker, address: &str) -> anyhow::Result<Vec<Option<String>>> {
    address.split(',').map(|url| server(broker, url.trim())).collect()
}

fn server(broker: Broker, url: &str) -> anyhow::Result<Option<String>> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let usual = match recipes::of(broker).scheme(&scheme.to_lowercase()) {
        Scheme::Plain(port) => port,
        Scheme::Tls => return Ok(None),
        Scheme::Unknown(expected) => {
            bail!("{} is no address of {broker}: {expected}", without_password(url));
        }
    };
    let host = host(rest);
    let (name, port) = match host.rsplit_once(':') {
        // The last colon of `[::1]` is not one before a port.
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let is_name = !name.is_empty() && (!name.contains(':') || name.starts_with('['));
    ensure!(is_name, "{} names no host", without_password(url));
    match port.map(str::parse::<u16>) {
        None => Ok(Some(format!("{name}:{usual}"))),
        Some(Ok(port)) => Ok(Some(format!("{name}:{port}"))),
        Some(Err(_)) => {
            bail!("{} has no port after its last colon: one is at most 65535", without_password(url))
        }
    }
}

/// Of what follows the scheme.
fn host(rest: &str) -> &str {
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// An address as it may be shown: logins are left out.
pub(crate) fn without_password(address: &str) -> String {
    let shown = |url: &str| match url.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, host)) => format!("{scheme}://***@{host}"),
            None => url.to_owned(),
        },
        None => url.rsplit_once('@').map_or_else(|| url.to_owned(), |(_, host)| format!("***@{host}")),
    };
    address.split(',').map(shown).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_servers() {
        for (broker, address, expected) in [
            (Broker::Kafka, "a:1", Ok(&[Some("a:1")][..])),
            (Broker::Kafka, "a:1, b", Ok(&[Some("a:1"), Some("b:9092")])),
            (Broker::Kafka, "PLAINTEXT://a:1", Ok(&[Some("a:1")])),
            (Broker::Kafka, "SASL_SSL://a:1,b:1", Ok(&[None, Some("b:1")])),
            (Broker::Kafka, "a:99999", Err("a:99999 has no port after its last colon: one is at most 65535")),
            (Broker::Kafka, "", Err(" names no host")),
            (Broker::RabbitMq, "amqp://user:p%40ss@host/%2f", Ok(&[Some("host:5672")])),
            (Broker::RabbitMq, "AMQP://host:5673?heartbeat=10", Ok(&[Some("host:5673")])),
            (Broker::RabbitMq, "amqps://host", Ok(&[None])),
            (
                Broker::RabbitMq,
                "host:5672",
                Err("host:5672 is no address of rabbitmq: it begins with amqp:// or amqps://"),
            ),
            (Broker::Nats, "nats://token@[::1]", Ok(&[Some("[::1]:4222")])),
            (Broker::Nats, "nats://[::1]:1", Ok(&[Some("[::1]:1")])),
            (Broker::Nats, "host:4223", Ok(&[Some("host:4223")])),
            (Broker::Nats, "tls://host", Ok(&[None])),
            (
                Broker::Nats,
                "http://user:secret@host",
                Err(
                    "http://***@host is no address of nats: it begins with nats:// or tls://, or has no scheme",
                ),
            ),
            (
                Broker::Nats,
                "nats:/127.0.0.1:1",
                Err("nats:/127.0.0.1:1 has no port after its last colon: one is at most 65535"),
            ),
        ] {
            let expected = expected
                .map(|servers| servers.iter().map(|server| server.map(str::to_owned)).collect::<Vec<_>>())
                .map_err(str::to_owned);
            assert_eq!(servers(broker, address).map_err(|error| error.to_string()), expected, "{address}");
        }
    }

    #[test]
    fn a_login_is_not_shown() {
        for (address, expected) in [
            ("amqp://guest:gu@est@host:1/%2f", "amqp://***@host:1/%2f"),
            ("nats://token@a,nats://b", "nats://***@a,nats://b"),
            ("token@a:1", "***@a:1"),
            ("a:1,b:2", "a:1,b:2"),
        ] {
            assert_eq!(without_password(address), expected);
        }
    }
}
