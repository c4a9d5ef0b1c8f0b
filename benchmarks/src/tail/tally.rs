//! What became of the spans of a child.

use anyhow::{bail, ensure};
use serde::Serialize;
use tracehop_sdk::{DropReason, Drops, OtlpCounters};

/// Each span is in exactly one of the fields but `sent`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    pub(crate) delivered: u64,
    /// Accepted, with an answer that nobody could read.
    pub(crate) unconfirmed: u64,
    /// Lost by the processor: its queue was full, or the time for the shutdown was up.
    pub(crate) queue_full: u64,
    pub(crate) shutdown: u64,
    /// Lost by the exporter.
    pub(crate) rejected: u64,
    pub(crate) refused: u64,
    pub(crate) timed_out: u64,
    pub(crate) too_large: u64,
}

impl Tally {
    /// When the provider was shut down. What the processor counts as a failed export is not taken from it: the exporter says more of
    /// the same spans.
    pub(super) fn of(sent: u64, drops: &Drops, counters: &OtlpCounters) -> Self {
        Self {
            sent,
            delivered: counters.delivered(),
            unconfirmed: counters.unconfirmed(),
            queue_full: drops.count(DropReason::QueueFull),
            shutdown: drops.count(DropReason::ShutdownTimedOut)
                + drops.count(DropReason::AfterShutdown)
                + counters.after_shutdown(),
            rejected: counters.rejected(),
            refused: counters.refused(),
            timed_out: counters.timed_out(),
            too_large: counters.too_large(),
        }
    }

    /// Those of the exporter and of the processor, with their names.
    pub(super) fn reasons(&self) -> [(&'static str, u64); 6] {
        [
            ("queue full", self.queue_full),
            ("timed out", self.timed_out),
            ("refused", self.refused),
            ("too large", self.too_large),
            ("rejected", self.rejected),
            ("shut down", self.shutdown),
        ]
    }

    pub(super) fn lost(&self) -> u64 {
        self.reasons().into_iter().map(|(_, spans)| spans).sum()
    }

    /// Nothing is lost unseen.
    pub(super) fn adds_up(self) -> anyhow::Result<Self> {
        let known = self.delivered + self.unconfirmed + self.lost();
        ensure!(known == self.sent, "{} spans were sent, and this is known of them: {self:?}", self.sent);
        Ok(self)
    }

    /// For another process.
    pub(super) fn line(&self) -> String {
        let Self { sent, delivered, unconfirmed, queue_full, shutdown, .. } = self;
        let Self { rejected, refused, timed_out, too_large, .. } = self;
        format!(
            "{sent} {delivered} {unconfirmed} {queue_full} {shutdown} {rejected} {refused} {timed_out} {too_large}"
        )
    }

    pub(super) fn parse(line: &str) -> anyhow::Result<Self> {
        let numbers: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [sent, delivered, unconfirmed, queue_full, shutdown, rejected, refused, timed_out, too_large] =
            *numbers
        else {
            bail!("a child said {line:?}")
        };
        Ok(Self {
            sent,
            delivered,
            unconfirmed,
            queue_full,
            shutdown,
            rejected,
            refused,
            timed_out,
            too_large,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_that_nobody_knows_of_is_an_error() {
        let tally = Tally {
            sent: 36,
            delivered: 1,
            unconfirmed: 2,
            queue_full: 3,
            shutdown: 4,
            rejected: 5,
            refused: 6,
            timed_out: 7,
            too_large: 8,
        };
        assert_eq!(Tally::parse(&tally.line()).unwrap(), tally);
        assert_eq!(tally.lost(), 33);
        assert!(tally.adds_up().is_ok());
        assert!(Tally { sent: 37, ..tally }.adds_up().is_err());
        assert!(Tally::parse("1 2").is_err());
    }
}
