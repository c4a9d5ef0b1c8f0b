//! The address of a server, in a URL or without one.

use std::net::Ipv6Addr;

use super::proxy_error::ProxyError;

/// The ports of those who leave them out.
const PORTS: [(&str, u16); 7] = [
    ("amqp", 5672),
    ("amqps", 5671),
    ("nats", 4222),
    ("tls", 4222),
    ("kafka", 9092),
    ("http", 80),
    ("https", 443),
];

/// The name or number of a host, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerAddress {
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl ServerAddress {
    /// Of `host:port`, or of a URL that has it.
    pub(super) fn parse(text: &str) -> Result<Self, ProxyError> {
        let wrong = |reason| ProxyError::Server { address: hidden(text), reason };
        let parts = Parts::of(text);
        let (host, port) = split_port(parts.authority);
        if host.is_empty() || host.contains([',', ' ']) {
            return Err(wrong("it names no host, or several; write host:port of one"));
        }
        let host = match host.strip_prefix('[') {
            Some(rest) => rest
                .strip_suffix(']')
                .filter(|host| host.parse::<Ipv6Addr>().is_ok())
                .ok_or_else(|| wrong("what stands in brackets is no IPv6 address"))?,
            None if host.contains(':') => {
                return Err(wrong("an IPv6 address stands in brackets: [::1]:9092"));
            }
            None => host,
        };
        let known = PORTS.iter().find(|(scheme, _)| parts.scheme == Some(*scheme)).map(|(_, port)| *port);
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0),
            None => Some(known.ok_or_else(|| wrong("it has no port; write host:port"))?),
        };
        let port = port.ok_or_else(|| wrong("its port is no number from 1 to 65535"))?;
        Ok(Self { host: host.to_owned(), port })
    }

    pub(super) fn is_ipv6(&self) -> bool {
        self.host.contains(':')
    }
}

/// A URL in which this `host:port` is in place of the one that it has.
pub(super) fn in_url(url: &str, address: &str) -> String {
    let parts = Parts::of(url);
    format!("{}{address}{}", parts.before, parts.after)
}

/// A URL, or only an authority.
struct Parts<'a> {
    scheme: Option<&'a str>,
    /// The scheme and the user.
    before: &'a str,
    /// Host and port.
    authority: &'a str,
    after: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let scheme = text.split_once("://").map(|(scheme, _)| scheme);
        let begin = scheme.map_or(0, |scheme| scheme.len() + 3);
        let rest = text.get(begin..).unwrap_or_default();
        let end = begin + rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = text.get(begin..end).unwrap_or_default();
        // A password may have an `@` too, although it should not.
        let begin = begin + authority.rfind('@').map_or(0, |at| at + 1);
        let part = |range| text.get(range).unwrap_or_default();
        Self { scheme, before: part(0..begin), authority: part(begin..end), after: part(end..text.len()) }
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    let colon = authority.rfind(':').filter(|colon| authority.rfind(']').is_none_or(|end| end < *colon));
    match colon.and_then(|colon| authority.split_at_checked(colon)) {
        // `::1` is an address without a port, and one that should have brackets.
        Some((host, _)) if host.contains(':') && !host.starts_with('[') => (authority, None),
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => (authority, None),
    }
}

/// Without what may be a password.
fn hidden(text: &str) -> String {
    let parts = Parts::of(text);
    let scheme = parts.scheme.map(|scheme| format!("{scheme}://")).unwrap_or_default();
    format!("{scheme}{}{}", parts.authority, parts.after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_port_are_found_in_what_users_have() {
        for (text, host, port) in [
            ("localhost:9092", "localhost", 9092),
            ("127.0.0.1:1", "127.0.0.1", 1),
            ("[::1]:65535", "::1", 65535),
            ("nats://localhost", "localhost", 4222),
            ("nats://[::1]", "::1", 4222),
            ("nats://token@broker.example:4223/", "broker.example", 4223),
            ("amqp://guest:guest@localhost/%2f", "localhost", 5672),
            ("amqps://guest:gu@est@rabbit?heartbeat=1", "rabbit", 5671),
            ("postgres://db:5432/orders", "db", 5432),
        ] {
            let expected = ServerAddress { host: host.to_owned(), port };
            assert_eq!(ServerAddress::parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_to_write() {
        for (text, says) in [
            ("", "it names no host"),
            ("localhost", "\"localhost\" is no address of a server: it has no port; write host:port"),
            ("postgres://me:secret@db/orders", "\"postgres://db/orders\" is no address"),
            (":9092", "it names no host"),
            ("a:1,b:2", "it names no host, or several"),
            ("localhost:0", "no number from 1 to 65535"),
            ("localhost:", "no number from 1 to 65535"),
            ("localhost:65536", "no number from 1 to 65535"),
            ("::1", "stands in brackets"),
            ("nats://::1", "stands in brackets"),
            ("[localhost]:1", "no IPv6 address"),
            ("[::1:1", "no IPv6 address"),
        ] {
            let error = ServerAddress::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn only_host_and_port_of_a_url_change() {
        for (url, expected) in [
            ("localhost:9092", "127.0.0.1:7"),
            ("nats://localhost", "nats://127.0.0.1:7"),
            ("nats://localhost:4222/", "nats://127.0.0.1:7/"),
            (
                "amqp://guest:gu@est@[::1]:5672/%2f?heartbeat=1",
                "amqp://guest:gu@est@127.0.0.1:7/%2f?heartbeat=1",
            ),
            ("http://host?at=me@home", "http://127.0.0.1:7?at=me@home"),
        ] {
            assert_eq!(in_url(url, "127.0.0.1:7"), expected);
        }
    }
}
