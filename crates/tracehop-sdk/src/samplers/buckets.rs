use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Token buckets by name: so many tokens at once, and as many in each second. No lock, and no memory after it is made.
///
/// A name is known by a hash of 64 bits with keys of its own, so two names share a bucket by chance only.
pub(super) struct Buckets {
    per_second: u32,
    /// At least twice as many as names are taken in, so that a search is short.
    slots: Box<[Slot]>,
    taken: AtomicUsize,
    most: usize,
    /// For names beyond those.
    overflow: AtomicU64,
    hasher: RandomState,
}

struct Slot {
    /// 0 while it is free.
    hash: AtomicU64,
    /// When the bucket is full again, in nanoseconds of the clock.
    full_at: AtomicU64,
}

/// Whether there was a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) is_allowed: bool,
    /// Whether it was asked for in the bucket of all names for which there is none.
    pub(super) is_overflow: bool,
}

const SECOND: u64 = 1_000_000_000;

impl Buckets {
    pub(super) fn new(per_second: u32, most: usize) -> Self {
        let slots = most.saturating_mul(2).clamp(2, MOST * 2).next_power_of_two();
        let slot = || Slot { hash: AtomicU64::new(0), full_at: AtomicU64::new(0) };
        Self {
            per_second,
            slots: (0..slots).map(|_| slot()).collect(),
            taken: AtomicUsize::new(0),
            most: most.min(MOST),
            overflow: AtomicU64::new(0),
            hasher: RandomState::new(),
        }
    }

    /// Takes a token of this name's bucket. `now` is in nanoseconds, and never goes back.
    pub(super) fn take(&self, name: &str, now: u64) -> Taken {
        let slot = self.slot(self.hasher.hash_one(name).max(1));
        let full_at = slot.map_or(&self.overflow, |slot| &slot.full_at);
        Taken { is_allowed: take(full_at, self.per_second, now), is_overflow: slot.is_none() }
    }

    /// The slot of a hash, which is taken if there is none yet. `None` if there are as many as may be.
    fn slot(&self, hash: u64) -> Option<&Slot> {
        let mask = self.slots.len() - 1;
        let start = usize::try_from(hash & mask as u64).unwrap_or(0);
        // A slot that is taken stays so, and one that is free ends the search: what stands behind it is of nobody.
        for step in 0..self.slots.len() {
            let slot = self.slots.get((start + step) & mask)?;
            let found = slot.hash.load(Ordering::Relaxed);
            if found == hash {
                return Some(slot);
            }
            if found != 0 {
                continue;
            }
            if self.taken.load(Ordering::Acquire) >= self.most {
                // Whoever took the last one may have done so for this name.
                match slot.hash.load(Ordering::Relaxed) {
                    0 => return None,
                    now if now == hash => return Some(slot),
                    _ => continue,
                }
            }
            match slot.hash.compare_exchange(0, hash, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => {
                    // Threads that do so at the same time may take one each beyond the limit, for which there are slots.
                    self.taken.fetch_add(1, Ordering::Release);
                    return Some(slot);
                }
                Err(other) if other == hash => return Some(slot),
                Err(_) => {}
            }
        }
        None
    }
}

/// More names than this are one.
const MOST: usize = 65_536;

/// Takes a token of a bucket that is full when the clock says `full_at`: the generic cell rate algorithm.
fn take(full_at: &AtomicU64, per_second: u32, now: u64) -> bool {
    if per_second == 0 {
        return false;
    }
    let interval = (SECOND / u64::from(per_second)).max(1);
    let all_but_one = interval.saturating_mul(u64::from(per_second) - 1);
    let next = |full_at: u64| {
        (full_at.saturating_sub(all_but_one) <= now).then(|| full_at.max(now).saturating_add(interval))
    };
    full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
}

impl fmt::Debug for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buckets")
            .field("per_second", &self.per_second)
            .field("taken", &self.taken)
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    fn allowed(buckets: &Buckets, name: &str, times: usize, now: u64) -> usize {
        (0..times).filter(|_| buckets.take(name, now).is_allowed).count()
    }

    #[test]
    fn there_are_so_many_at_once_and_as_many_in_each_second() {
        let buckets = Buckets::new(4, 8);
        assert_eq!(allowed(&buckets, "orders", 10, 0), 4);
        assert_eq!(allowed(&buckets, "orders", 10, SECOND / 4 - 1), 0);
        assert_eq!(allowed(&buckets, "orders", 10, SECOND / 4), 1);
        assert_eq!(allowed(&buckets, "orders", 10, SECOND), 3);
        assert_eq!(allowed(&buckets, "orders", 10, 3 * SECOND), 4, "no more than one second's are saved up");
        assert_eq!(allowed(&Buckets::new(0, 8), "orders", 10, SECOND), 0);
        assert_eq!(allowed(&Buckets::new(u32::MAX, 8), "orders", 1000, 0), 1000);
    }

    #[test]
    fn each_name_has_its_own_until_there_are_too_many() {
        let buckets = Buckets::new(1, 2);
        for (name, is_allowed, is_overflow) in [
            ("a", true, false),
            ("b", true, false),
            ("a", false, false),
            ("c", true, true),
            ("d", false, true),
            ("b", false, false),
        ] {
            assert_eq!(buckets.take(name, 7), Taken { is_allowed, is_overflow }, "{name}");
        }
        assert!(Buckets::new(1, 0).take("a", 0).is_overflow);
    }

    #[test]
    fn threads_that_take_at_once_get_no_token_and_no_bucket_twice() {
        for _ in 0..50 {
            let buckets = Arc::new(Buckets::new(100, 4));
            let names = ["a", "b", "c", "d"];
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    let buckets = Arc::clone(&buckets);
                    thread::spawn(move || names.map(|name| allowed(&buckets, name, 60, 0)))
                })
                .collect();
            let taken: Vec<[usize; 4]> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
            for index in 0..names.len() {
                assert_eq!(taken.iter().map(|taken| taken[index]).sum::<usize>(), 100);
            }
            assert!(buckets.take("e", 0).is_overflow);
        }
    }
}
