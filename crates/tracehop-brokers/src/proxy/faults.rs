//! The faults that there are at this moment.

use std::mem::discriminant;

use super::conditions::Conditions;
use super::direction::Direction;
use super::fault::{Effect, Fault};

/// The faults that last, of all connections or of one.
#[derive(Debug, Default)]
pub(super) struct Faults {
    applied: Vec<Applied>,
    /// How often they changed.
    version: u64,
}

#[derive(Debug)]
struct Applied {
    effect: Effect,
    direction: Direction,
    /// While it is there, it stands before one of its kind that lasts.
    for_a_time: bool,
    /// Of the change that it came with.
    version: u64,
}

impl Faults {
    /// Returns the version, by which it ends if it is only `for_a_time`.
    pub(super) fn apply(&mut self, fault: Fault, for_a_time: bool) -> u64 {
        self.version += 1;
        let (effect, version) = (fault.effect(), self.version);
        for direction in Direction::BOTH {
            if fault.direction().is_none_or(|only| only == direction) {
                self.applied.retain(|other| {
                    let same_kind = discriminant(&other.effect) == discriminant(&effect);
                    // What lasts comes back when the time is over.
                    let comes_back = for_a_time && !other.for_a_time;
                    !same_kind || other.direction != direction || comes_back
                });
                self.applied.push(Applied { effect, direction, for_a_time, version });
            }
        }
        version
    }

    /// The time is over of what came with this version, if it is still there.
    pub(super) fn expire(&mut self, version: u64) {
        self.version += 1;
        self.applied.retain(|applied| applied.version != version);
    }

    pub(super) fn heal(&mut self) {
        self.version += 1;
        self.applied.clear();
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn refuses(&self) -> bool {
        self.applied.iter().any(|applied| matches!(applied.effect, Effect::Refuse | Effect::Outage))
    }

    pub(super) fn conditions(&self, direction: Direction) -> Conditions {
        let mut conditions = Conditions::default();
        for for_a_time in [false, true] {
            for applied in &self.applied {
                if applied.direction == direction && applied.for_a_time == for_a_time {
                    conditions.add(applied.effect);
                }
            }
        }
        conditions
    }
}
