//! What a request, and all of them together, may take.

use std::time::Duration;

use super::connections::ConnectionBounds;

const MEBIBYTE: usize = 1 << 20;

/// How long requests that are under way may take after the program was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// What a request, and all of them together, may take. [`Default`] is for one machine of a developer or of CI.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// How many bytes a request may have as it comes. Default: 16 MiB.
    pub wire_bytes: usize,
    /// How many bytes it may have once it is decompressed. Default: 64 MiB.
    pub plain_bytes: usize,
    /// How many requests may be under way. Default: 64.
    pub requests: usize,
    /// How many bytes of requests, and of the spans made of them, may be under way. Default: 256 MiB.
    pub bytes_in_flight: usize,
    /// How many connections may be open at each port. A further one takes the place of the one that has been idle for longest.
    /// Default: 512.
    pub connections: usize,
    /// How long a connection may take to send the head of its first request. Default: 5 s.
    pub head: Duration,
    /// How long a request may take to arrive. Default: 30 s.
    pub slowest: Duration,
    /// Spans that started or ended longer ago are refused. Default: 365 days, so that a journey from a bug report can be read in.
    pub oldest: Duration,
    /// Spans that start or end later than so long from now are refused. Default: one hour.
    pub ahead: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            wire_bytes: 16 * MEBIBYTE,
            plain_bytes: 64 * MEBIBYTE,
            requests: 64,
            bytes_in_flight: 256 * MEBIBYTE,
            connections: 512,
            head: Duration::from_secs(5),
            slowest: Duration::from_secs(30),
            oldest: Duration::from_secs(365 * 24 * 60 * 60),
            ahead: Duration::from_secs(60 * 60),
        }
    }
}

impl Bounds {
    pub(super) fn of_connections(&self) -> ConnectionBounds {
        ConnectionBounds {
            connections: self.connections,
            head: self.head,
            slowest: self.slowest,
            last: LAST_REQUESTS,
        }
    }
}
