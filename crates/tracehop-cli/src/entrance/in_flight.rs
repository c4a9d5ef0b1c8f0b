//! How much is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::bounds::Bounds;
use super::refusal::Refusal;

/// How many requests, and how many bytes of them, are under way.
#[derive(Debug)]
pub(super) struct InFlight {
    requests: AtomicUsize,
    bytes: AtomicUsize,
    most_requests: usize,
    most_bytes: usize,
}

/// One request that is under way, and its bytes. Dropping it makes room.
#[derive(Debug)]
pub(super) struct Ticket {
    of: Arc<InFlight>,
    bytes: usize,
}

impl InFlight {
    pub(super) fn new(bounds: &Bounds) -> Arc<Self> {
        Arc::new(Self {
            requests: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            most_requests: bounds.requests,
            most_bytes: bounds.bytes_in_flight,
        })
    }

    /// Lets one more request in, if there is room.
    pub(super) fn enter(self: &Arc<Self>) -> Result<Ticket, Refusal> {
        if !take(&self.requests, 1, self.most_requests) {
            return Err(Refusal::busy("too many requests are under way"));
        }
        Ok(Ticket { of: Arc::clone(self), bytes: 0 })
    }
}

impl Ticket {
    /// Lets the request have more bytes, if there is room.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Refusal> {
        if !take(&self.of.bytes, bytes, self.of.most_bytes) {
            return Err(Refusal::busy("too many bytes are under way"));
        }
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.of.bytes.fetch_sub(self.bytes, Ordering::AcqRel);
        self.of.requests.fetch_sub(1, Ordering::AcqRel);
    }
}

fn take(count: &AtomicUsize, more: usize, most: usize) -> bool {
    let next = |now: usize| now.checked_add(more).filter(|sum| *sum <= most);
    count.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_makes_room() {
        let bounds = Bounds { requests: 2, bytes_in_flight: 10, ..Bounds::default() };
        let in_flight = InFlight::new(&bounds);
        let mut one = in_flight.enter().unwrap();
        let mut two = in_flight.enter().unwrap();
        assert!(in_flight.enter().is_err());
        one.grow(6).unwrap();
        two.grow(4).unwrap();
        assert!(two.grow(1).is_err());
        assert!(two.grow(usize::MAX).is_err());
        drop(one);
        two.grow(6).unwrap();
        assert!(two.grow(1).is_err());
        let three = in_flight.enter().unwrap();
        drop((two, three));
        assert_eq!(in_flight.bytes.load(Ordering::Relaxed), 0);
        assert_eq!(in_flight.requests.load(Ordering::Relaxed), 0);
    }
}
