//! What the brokers have in common: how long they are waited for, and names that nobody else uses.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Longer than anything takes here. A test that waits so long has failed.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A name that nothing else on the broker has, because the broker may be shared and tests run in parallel.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let numbers = format!("{:x}{:x}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    // A name that looks as if each order had one is no part of a span's name, so there are no digits.
    let letter = |digit: char| char::from_u32(u32::from('g') + digit.to_digit(16)?);
    format!("{name}-{}", numbers.chars().filter_map(letter).collect::<String>())
}
