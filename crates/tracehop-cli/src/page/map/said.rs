//! What stands on an arrow.

use tracehop_journey::{DestinationMap, MapArrow, NodeKind};

use super::gap;
use super::shortened::{columns, shortened};
use crate::api::real;
use crate::page::parts::{human, rate, share};

/// How wide a character is, about.
const LETTER: f64 = 6.4;

/// How tall a line is.
pub(super) const LINE: f64 = 12.0;

/// How many characters of a group fit between two nodes.
const LETTERS: usize = 11;

/// What stands on an arrow: above it the rate, below it what became of the messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) above: Vec<String>,
    pub(super) below: Vec<String>,
}

impl Said {
    pub(super) fn of(map: &DestinationMap, flow: &MapArrow) -> Self {
        let to = map.nodes.get(flow.to);
        let is_in = to.is_some_and(|node| node.kind == NodeKind::Destination);
        let mut above = vec![rate(flow.count, map.seconds)];
        // Most groups are named after their service: then it says nothing.
        let consumer = to.map(|node| node.name.as_str());
        if let Some(group) = flow.group.as_deref().filter(|group| !is_in && Some(*group) != consumer) {
            above.insert(0, shortened(group, LETTERS));
        }
        let mut below = Vec::new();
        if flow.errors > 0 {
            below.push(format!("✗ {}", share(flow.errors, flow.count)));
        }
        if let Some(gap) = flow.gap {
            below.push(gap::short(gap).to_owned());
        } else if !is_in && flow.latency.count > 0 {
            let latency = flow.latency;
            let line = |name: &str, value| format!("{name} {}", human(value));
            below.extend([line("p50", latency.p50), line("p95", latency.p95), line("p99", latency.p99)]);
        }
        Self { above, below }
    }

    /// The same with less and less, where there is no room: without group and percentiles, and the rate alone.
    pub(super) fn shorter(&self) -> [Self; 3] {
        let rate = self.above.last().cloned();
        let failed = self.below.iter().filter(|line| line.starts_with('✗')).cloned().collect();
        let rate = Self { above: rate.into_iter().collect(), below: Vec::new() };
        [self.clone(), Self { below: failed, ..rate.clone() }, rate]
    }

    /// How wide it is, about, in pixels.
    pub(super) fn wide(&self) -> f64 {
        LETTER * real(self.all().into_iter().map(columns).max().unwrap_or(0))
    }

    pub(super) fn all(&self) -> Vec<&str> {
        self.above.iter().chain(&self.below).map(String::as_str).collect()
    }
}
