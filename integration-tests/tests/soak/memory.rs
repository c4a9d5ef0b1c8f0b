//! The memory of the process while messages go through it.

use std::fmt;
use std::sync::Mutex;

use crate::MESSAGES;

/// How many messages are handled between two samples.
const STEP: usize = MESSAGES / 50;

/// How much more memory the process may have in the last fifth of its messages than in the third, in bytes: 40,000 messages
/// later. A leak of 80 bytes for each message is seen. Without one it was never a third of this.
pub(crate) const CLIENTS: usize = 3 * 1024 * 1024;

/// The same with a broker in the process, which keeps a part of the messages for good.
pub(crate) const CLIENTS_AND_BROKER: usize = 24 * 1024 * 1024;

/// Samples of the memory that the process has in RAM, in bytes.
pub(crate) struct Memory {
    bound: usize,
    samples: Mutex<Vec<usize>>,
}

impl Memory {
    /// For a process that may grow by so many bytes.
    pub(crate) fn new(bound: usize) -> Self {
        Self { bound, samples: Mutex::default() }
    }

    /// Takes a sample, if it is time for one.
    pub(crate) fn handled(&self, messages: usize) {
        if messages.is_multiple_of(STEP) {
            let stats = memory_stats::memory_stats().expect("the system tells");
            self.samples.lock().unwrap().push(stats.physical_mem);
        }
    }

    /// The growth from the third fifth of the soak to the last, in bytes. Until the third, clients and allocators have what
    /// they need.
    ///
    /// Medians: what comes in bursts, such as messages that were got ahead, is in single samples.
    pub(crate) fn growth(&self) -> isize {
        let samples = self.samples.lock().unwrap();
        let fifth = |number: usize| {
            let mut part = samples[samples.len() * number / 5..samples.len() * (number + 1) / 5].to_vec();
            part.sort_unstable();
            part.get(part.len() / 2).copied().unwrap_or_default()
        };
        fifth(4).cast_signed() - fifth(2).cast_signed()
    }

    /// Asserts that the process does not grow with the number of its messages. Each message has a trace of its own, so what the
    /// tracer's tables kept of each would be seen, too: they cannot be looked at from outside.
    pub(crate) fn assert_bounded(&self) {
        assert_eq!(self.samples.lock().unwrap().len(), MESSAGES / STEP, "a sample is missing");
        let growth = self.growth();
        let bound = self.bound.cast_signed();
        assert!(growth <= bound, "the process has grown by {growth} bytes, and {bound} are agreed: {self}");
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let samples = self.samples.lock().unwrap();
        let list: Vec<String> = samples.iter().map(|bytes| (bytes / 1024).to_string()).collect();
        write!(f, "KiB in RAM, a sample each {STEP} messages: {}", list.join(" "))
    }
}
