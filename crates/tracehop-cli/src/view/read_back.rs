//! What is said while the directory of `--data` is read back.

use std::time::Duration;

use bytesize::ByteSize;

/// How long somebody waits for the page before wondering.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// Says once how far it is, if reading takes longer than `patience`.
#[derive(Debug)]
pub(super) struct ReadBack {
    patience: Duration,
    is_told: bool,
}

impl ReadBack {
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience, is_told: false }
    }

    /// What is to be said when so many of the bytes are read, and it has taken so long.
    pub(super) fn under_way(&mut self, took: Duration, read: u64, in_all: u64) -> Option<String> {
        let is_due = took > self.patience && !self.is_told;
        self.is_told |= is_due;
        let [read, in_all] = [read, in_all].map(|bytes| ByteSize(bytes).display().iec());
        is_due.then(|| format!("reading back what was kept: {read} of {in_all} so far"))
    }
}

/// What is to be said at the end, unless there was nothing to read.
pub(super) fn ended(took: Duration, spans: usize, in_all: u64) -> Option<String> {
    let noun = if spans == 1 { "span" } else { "spans" };
    (in_all > 0).then(|| format!("read back {spans} {noun} in {:.1} s", took.as_secs_f64()))
}
