//! How many spans the processor holds, and how many more it may.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the spans that are held, from when they end until their export is over.
///
/// A line of the cache of its own: every span that ends writes it.
#[repr(align(128))]
pub(super) struct Room {
    held: AtomicUsize,
    limit: usize,
    /// From here on the worker need not wait for a chunk to fill: with many threads, the room may be taken up by chunks none
    /// of which is full.
    crowded_at: usize,
}

/// Whether there was room for one more span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reserved {
    No,
    Yes,
    /// Yes, and half of the room is taken with it: the worker has to be told.
    YesAndCrowded,
}

impl Room {
    pub(super) fn new(limit: usize) -> Self {
        Self { held: AtomicUsize::new(0), limit, crowded_at: limit.div_ceil(2) }
    }

    /// Takes room for one span.
    ///
    /// The count says nothing about memory that another thread wrote, the locks do that, so no ordering is needed.
    pub(super) fn reserve(&self) -> Reserved {
        // Read before it is written, so that a full queue does not have all threads fight for the line.
        if self.held.load(Ordering::Relaxed) >= self.limit {
            return Reserved::No;
        }
        let before = self.held.fetch_add(1, Ordering::Relaxed);
        if before >= self.limit {
            self.release(1);
            Reserved::No
        } else if before + 1 == self.crowded_at {
            Reserved::YesAndCrowded
        } else {
            Reserved::Yes
        }
    }

    pub(super) fn release(&self, spans: usize) {
        self.held.fetch_sub(spans, Ordering::Relaxed);
    }

    pub(super) fn is_crowded(&self) -> bool {
        self.held() >= self.crowded_at
    }

    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_as_many_as_the_limit_says() {
        use Reserved::{No, Yes, YesAndCrowded};

        let room = Room::new(4);
        let all: Vec<Reserved> = (0..6).map(|_| room.reserve()).collect();
        assert_eq!(all, [Yes, YesAndCrowded, Yes, Yes, No, No]);
        assert!(room.is_crowded());
        room.release(3);
        assert_eq!(room.held(), 1);
        assert!(!room.is_crowded());
        assert_eq!(room.reserve(), YesAndCrowded);
    }

    #[test]
    fn room_for_one_is_crowded_by_one() {
        let room = Room::new(1);
        assert_eq!([room.reserve(), room.reserve()], [Reserved::YesAndCrowded, Reserved::No]);
    }
}
