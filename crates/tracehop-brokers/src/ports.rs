//! Ports nobody listens on.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::bail;

/// Below those that the system gives to outgoing connections, one of which could take the port while its broker is
/// stopped for a moment.
const FIRST: u16 = 15_000;
const COUNT: u16 = 16_000;

/// How often to start a broker again whose port was taken meanwhile.
pub(crate) const TRIES: u32 = 3;

/// How many were handed out here: no two brokers of this process get the same.
static USED: AtomicU16 = AtomicU16::new(0);

/// A port of the loopback interface that is free now. Another process may take it before the broker does: see [`taken`].
pub(crate) fn free() -> anyhow::Result<u16> {
    // Processes start their search at different places.
    let start = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap_or_default();
    for _ in 0..COUNT {
        let used = USED.fetch_add(1, Ordering::Relaxed);
        // 61 has no factor in common with `COUNT`: every port gets its turn.
        let step = u32::from(start) + u32::from(used) * 61;
        let port = FIRST + u16::try_from(step % u32::from(COUNT)).unwrap_or_default();
        // The system's check covers addresses one by one: a server on all of them counts only when asked for.
        let is_free = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
            && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        if is_free {
            return Ok(port);
        }
    }
    bail!("no loopback port is free")
}

/// Whether a broker did not start because somebody has its port, in the words of the brokers and of Docker.
pub(crate) fn taken(error: &anyhow::Error) -> bool {
    let text = format!("{error:#}").to_lowercase();
    ["address already in use", "address in use", "port is already allocated", "eaddrinuse"]
        .iter()
        .any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ports_differ_and_can_be_listened_on() {
        let (one, two) = (free().unwrap(), free().unwrap());
        assert_ne!(one, two);
        // As brokers do: another process may be faster, or may have inherited, until it runs its program, the socket that
        // the port was looked at with.
        let listens = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
        assert!(listens(one) || listens(two) || (0..100).any(|_| listens(free().unwrap())));
    }

    #[test]
    fn a_taken_port_is_known_by_the_words_of_each_broker() {
        for (text, expected) in [
            ("Socket server failed to bind to 127.0.0.1:9092: Address already in use", true),
            ("Bind for 127.0.0.1:9092 failed: port is already allocated", true),
            ("failed to start Ranch listener: address already in use", true),
            ("the image cannot be pulled", false),
        ] {
            assert_eq!(taken(&anyhow::anyhow!("{text}").context("it did not start")), expected, "{text}");
        }
    }
}
