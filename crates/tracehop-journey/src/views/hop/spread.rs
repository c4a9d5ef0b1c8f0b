//! The parts of a hop, compared.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use crate::views::durations::Durations;
use crate::views::latency::Latency;
use crate::views::messages::Handled;

/// How many parts are told apart. The rest is one part, `(others)`.
const MOST: usize = 100;

/// How one part of a hop compares with the others.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Spread {
    /// The part's name.
    pub name: String,
    /// How many messages.
    pub count: u64,
    /// How many failed.
    pub errors: u64,
    /// How long they waited.
    pub wait: Latency,
    /// How long they were handled.
    pub handling: Latency,
}

#[derive(Default)]
struct Part {
    count: u64,
    errors: u64,
    wait: Durations,
    handling: Durations,
}

/// Compares the parts that `key` tells apart. Those without key are left out. Numbers are sorted as numbers.
pub(super) fn spreads<'a, K: Eq + Hash>(
    messages: &[Handled<'a>],
    key: impl Fn(&Handled<'a>) -> Option<K>,
    name: impl Fn(&K) -> String,
) -> Vec<Spread> {
    let mut parts: HashMap<K, Part> = HashMap::new();
    for message in messages {
        let Some(key) = key(message) else { continue };
        let part = parts.entry(key).or_default();
        part.count += 1;
        part.errors += u64::from(message.hop.error.is_some());
        part.wait.record(message.hop.wait);
        part.handling.record(message.hop.handling);
    }
    let mut parts: Vec<(String, Part)> = parts.into_iter().map(|(key, part)| (name(&key), part)).collect();
    parts.sort_by(|a, b| (Reverse(a.1.count), natural(&a.0)).cmp(&(Reverse(b.1.count), natural(&b.0))));
    let others = parts.split_off(parts.len().min(MOST));
    parts.sort_by(|a, b| natural(&a.0).cmp(&natural(&b.0)));
    if !others.is_empty() {
        let mut all = Part::default();
        for (_, part) in others {
            all.add(&part);
        }
        parts.push(("(others)".to_owned(), all));
    }
    parts.into_iter().map(|(name, part)| part.spread(name)).collect()
}

/// Sorts `2` before `10`.
fn natural(name: &str) -> (Option<u64>, &str) {
    (name.parse().ok(), name)
}

impl Part {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.errors += other.errors;
        self.wait.merge(&other.wait);
        self.handling.merge(&other.handling);
    }

    fn spread(self, name: String) -> Spread {
        let (wait, handling) = (self.wait.latency(), self.handling.latency());
        Spread { name, count: self.count, errors: self.errors, wait, handling }
    }
}
