//! The queues that a channel gets messages from.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use lapin::types::ShortString;

/// The queues that a channel gets messages from. A delivery tag tells the channel alone, so a settlement by tag has a known
/// queue only if there is one.
#[derive(Debug, Default)]
pub(crate) struct ConsumedQueues {
    first: OnceLock<ShortString>,
    has_more: AtomicBool,
}

impl ConsumedQueues {
    /// The channel gets messages from this queue, and may have some of them until it is closed.
    pub(crate) fn add(&self, queue: &ShortString) {
        if self.first.get_or_init(|| queue.clone()) != queue {
            self.has_more.store(true, Ordering::Relaxed);
        }
    }

    /// The queue, if there is one only, and its name is known.
    pub(crate) fn only(&self) -> Option<&str> {
        let first = self.first.get().filter(|_| !self.has_more.load(Ordering::Relaxed))?;
        Some(first.as_str()).filter(|queue| !queue.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_queue_is_known_and_of_several_none() {
        for (queues, only) in [
            (&[][..], None),
            (&["orders"], Some("orders")),
            (&["orders", "orders"], Some("orders")),
            (&["orders", "bills"], None),
            (&["orders", "bills", "orders"], None),
            (&[""], None),
            (&["", "orders"], None),
        ] {
            let consumed = ConsumedQueues::default();
            for queue in queues {
                consumed.add(&ShortString::from(*queue));
            }
            assert_eq!(consumed.only(), only, "{queues:?}");
        }
    }
}
