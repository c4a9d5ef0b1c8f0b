use tracehop_sdk::OtlpCounters;

/// What the counters say, but for requests.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) delivered: u64,
    pub(crate) unconfirmed: u64,
    pub(crate) rejected: u64,
    pub(crate) refused: u64,
    pub(crate) timed_out: u64,
    pub(crate) too_large: u64,
    pub(crate) panicked: u64,
    pub(crate) after_shutdown: u64,
}

impl Counts {
    pub(crate) fn of(counters: &OtlpCounters) -> Self {
        let counts = Self {
            delivered: counters.delivered(),
            unconfirmed: counters.unconfirmed(),
            rejected: counters.rejected(),
            refused: counters.refused(),
            timed_out: counters.timed_out(),
            too_large: counters.too_large(),
            panicked: counters.panicked(),
            after_shutdown: counters.after_shutdown(),
        };
        assert_eq!(counts.all(), counters.delivered() + counters.unconfirmed() + counters.lost());
        counts
    }

    pub(crate) fn all(&self) -> u64 {
        self.delivered
            + self.unconfirmed
            + self.rejected
            + self.refused
            + self.timed_out
            + self.too_large
            + self.panicked
            + self.after_shutdown
    }
}
