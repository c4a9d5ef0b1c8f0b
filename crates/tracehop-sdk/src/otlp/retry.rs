//! What an answer that is no success means, and how long to wait before the next attempt. Nothing here waits or sends.

use std::time::{Duration, SystemTime};

/// What to do with a request that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Send it again, after at least that long if the server said so.
    Retry { after: Option<Duration> },
    /// Send it again; in smaller parts, if the same happens to it once more.
    BrokeOff,
    /// Send it again in smaller parts.
    TooLarge,
    /// Give it up: it would be refused again.
    Refused,
}

/// What OTLP says about each HTTP status that is not 2xx. `retry_after` is the header: seconds, or a date.
pub(super) fn of_http(status: u16, retry_after: Option<&str>, now: SystemTime) -> Verdict {
    match status {
        429 | 502..=504 => Verdict::Retry { after: retry_after.and_then(|value| delay(value, now)) },
        413 => Verdict::TooLarge,
        _ => Verdict::Refused,
    }
}

fn delay(retry_after: &str, now: SystemTime) -> Option<Duration> {
    let value = retry_after.trim();
    // More digits than a number has would be a very long time.
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// What OTLP says about each gRPC code that is not `OK`. `retry_delay` is that of a `google.rpc.RetryInfo` in the details.
pub(super) fn of_grpc(code: i32, retry_delay: Option<Duration>, message: &str) -> Verdict {
    // A message that exceeds a server's limit has no code of its own: grpc-go says RESOURCE_EXHAUSTED, tonic OUT_OF_RANGE.
    let is_too_large = message.contains("larger than max") || message.contains("message length too large");
    match code {
        RESOURCE_EXHAUSTED | OUT_OF_RANGE if is_too_large => Verdict::TooLarge,
        // Whether a server that has run out of something will recover, only it knows.
        RESOURCE_EXHAUSTED if retry_delay.is_none() => Verdict::Refused,
        CANCELLED | DEADLINE_EXCEEDED | RESOURCE_EXHAUSTED | ABORTED | OUT_OF_RANGE | UNAVAILABLE
        | DATA_LOSS => Verdict::Retry { after: retry_delay },
        _ => Verdict::Refused,
    }
}

const CANCELLED: i32 = 1;
const DEADLINE_EXCEEDED: i32 = 4;
const RESOURCE_EXHAUSTED: i32 = 8;
const ABORTED: i32 = 10;
const OUT_OF_RANGE: i32 = 11;
const UNAVAILABLE: i32 = 14;
const DATA_LOSS: i32 = 15;

/// The waits of one request: each at most twice as long as the one before it.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

/// Five attempts fit into the ten seconds that an export may take by default.
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(5);

impl Backoff {
    pub(super) fn new() -> Self {
        Self { next: FIRST }
    }

    /// The next wait: somewhere in the upper half of it by chance, so that exporters that failed together do not come back
    /// together. Where the server named a time it is never shorter, but up to a tenth of it longer.
    pub(super) fn wait(&mut self, after: Option<Duration>, chance: u64) -> Duration {
        let half = self.next / 2;
        let ours = half + part(half, chance);
        self.next = self.next.saturating_mul(2).min(LONGEST);
        let theirs = after.unwrap_or_default();
        ours.max(theirs.saturating_add(part(theirs / 10, chance)))
    }
}

/// From nothing, if the chance is 0, to nearly all of a duration.
fn part(of: Duration, chance: u64) -> Duration {
    // As a fraction of 65536, which keeps a duration of centuries from overflowing.
    let fraction = u32::try_from(chance >> 48).unwrap_or_default();
    (of / 65_536).saturating_mul(fraction)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    const AT_ONCE: Verdict = Verdict::Retry { after: None };

    fn after(seconds: u64) -> Verdict {
        Verdict::Retry { after: Some(Duration::from_secs(seconds)) }
    }

    #[test]
    fn http_statuses_mean_what_otlp_says() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_770);
        for (status, header, expected, why) in [
            (429, None, AT_ONCE, "too many requests"),
            (502, None, AT_ONCE, "bad gateway"),
            (503, None, AT_ONCE, "unavailable"),
            (504, None, AT_ONCE, "gateway timeout"),
            (429, Some("7"), after(7), "seconds"),
            (503, Some(" 7 "), after(7), "seconds with spaces"),
            (503, Some("0"), after(0), "no time at all"),
            (503, Some("99999999999999999999999"), after(u64::MAX), "more than a number holds"),
            (503, Some("Sun, 06 Nov 1994 08:49:37 GMT"), after(7), "a date"),
            (503, Some("Sun, 06 Nov 1994 08:49:00 GMT"), after(0), "a date that has gone by"),
            (503, Some("soon"), AT_ONCE, "no time"),
            (503, Some("-1"), AT_ONCE, "a negative time"),
            (503, Some(""), AT_ONCE, "an empty header"),
            (413, None, Verdict::TooLarge, "too large"),
            (400, None, Verdict::Refused, "bad data"),
            (401, None, Verdict::Refused, "no access"),
            (404, None, Verdict::Refused, "another path"),
            (307, None, Verdict::Refused, "a redirect, which would take the headers elsewhere"),
            (500, Some("7"), Verdict::Refused, "OTLP does not list it"),
            (501, None, Verdict::Refused, "OTLP does not list it"),
            (505, None, Verdict::Refused, "OTLP does not list it"),
        ] {
            assert_eq!(of_http(status, header, now), expected, "{status} {header:?}: {why}");
        }
    }

    #[test]
    fn grpc_codes_mean_what_otlp_says() {
        for code in 0..20 {
            let expected = match code {
                1 | 4 | 10 | 11 | 14 | 15 => AT_ONCE,
                _ => Verdict::Refused,
            };
            assert_eq!(of_grpc(code, None, ""), expected, "{code}");
        }
        assert_eq!(of_grpc(8, Some(Duration::from_secs(3)), ""), after(3));
        assert_eq!(of_grpc(14, Some(Duration::from_secs(3)), ""), after(3));
        assert_eq!(of_grpc(3, Some(Duration::from_secs(3)), ""), Verdict::Refused);
        let go = "grpc: received message larger than max (5000000 vs. 4194304)";
        let tonic = "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes";
        assert_eq!(of_grpc(8, None, go), Verdict::TooLarge);
        assert_eq!(of_grpc(11, None, tonic), Verdict::TooLarge);
        assert_eq!(of_grpc(3, None, go), Verdict::Refused);
    }

    #[test]
    fn waits_double_up_to_five_seconds() {
        let mut backoff = Backoff::new();
        let waits: Vec<u128> = (0..8).map(|_| backoff.wait(None, 0).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1_600, 2_500, 2_500, 2_500]);
    }

    proptest! {
        #[test]
        fn a_wait_is_as_long_as_the_server_said_and_not_much_longer(millis in 5_000..u64::MAX, chance: u64) {
            let after = Duration::from_millis(millis);
            let wait = Backoff::new().wait(Some(after), chance);
            prop_assert!(wait >= after && wait <= after.saturating_add(after / 10));
        }

        #[test]
        fn a_wait_is_somewhere_in_its_upper_half(attempts in 0..20_usize, chance: u64) {
            let mut backoff = Backoff::new();
            for _ in 0..attempts {
                let whole = backoff.next;
                let wait = backoff.wait(None, chance);
                prop_assert!(wait >= whole / 2 && wait <= whole);
            }
        }
    }
}
