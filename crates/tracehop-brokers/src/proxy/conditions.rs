//! What is wrong in one direction of one connection.

use std::time::Duration;

use tokio::time::Instant;

use super::fault::Effect;
use super::queue::{Content, Piece};

/// Everything that is wrong in one direction at this moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Conditions {
    latency: Option<Duration>,
    jitter: Option<Duration>,
    /// Bytes in a second.
    bandwidth: Option<u64>,
    black_hole: bool,
    slow_close: Option<Duration>,
}

impl Conditions {
    pub(super) fn add(&mut self, effect: Effect) {
        match effect {
            Effect::Latency(latency) => self.latency = Some(latency),
            Effect::Jitter(most) => self.jitter = Some(most),
            Effect::Bandwidth(limit) => self.bandwidth = Some(limit),
            Effect::BlackHole => self.black_hole = true,
            Effect::SlowClose(delay) => self.slow_close = Some(delay),
            Effect::Refuse | Effect::Outage | Effect::Cut | Effect::Reset => {}
        }
    }

    /// These, and those of `others` about which these say nothing.
    pub(super) fn or(self, others: Self) -> Self {
        Self {
            latency: self.latency.or(others.latency),
            jitter: self.jitter.or(others.jitter),
            bandwidth: self.bandwidth.or(others.bandwidth),
            black_hole: self.black_hole || others.black_hole,
            slow_close: self.slow_close.or(others.slow_close),
        }
    }

    /// When a piece may be passed on; never, if there is none.
    pub(super) fn due(&self, piece: &Piece) -> Option<Instant> {
        if self.black_hole || self.bandwidth == Some(0) {
            return None;
        }
        let jitter = self.jitter.unwrap_or_default();
        // A factor below 1 of what is a Duration is one too, and not more than the most there is.
        let late = Duration::try_from_secs_f64(jitter.as_secs_f64() * piece.luck).unwrap_or(jitter);
        let slow = self.slow_close.filter(|_| matches!(piece.content, Content::End));
        [self.latency, Some(late), slow]
            .into_iter()
            .flatten()
            .try_fold(piece.came_at, |due, delay| due.checked_add(delay))
    }

    /// How many bytes may be passed on at once. Less than what passes in a fiftieth of a second, so that they come evenly.
    pub(super) fn at_once(&self) -> usize {
        self.bandwidth.map_or(usize::MAX, |limit| usize::try_from(limit / 50).unwrap_or(usize::MAX).max(1))
    }

    /// How long so many bytes take.
    pub(super) fn takes(&self, bytes: usize) -> Duration {
        match self.bandwidth {
            None | Some(0) => Duration::ZERO,
            Some(limit) => {
                #[expect(clippy::cast_precision_loss, reason = "a bandwidth is not that exact")]
                let seconds = bytes as f64 / limit as f64;
                Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
            }
        }
    }
}
