//! The project's goals for performance, as far as they are measured here, and whether a figure meets one.

use crate::case::Sides;

/// One goal for one figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Goal {
    /// As in the README's list; `None` for what goes beyond the goals.
    pub(crate) number: Option<u8>,
    pub(crate) target: Target,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// Ours is so much at most.
    AtMost(f64),
    /// Ours is at least so much.
    AtLeast(f64),
    /// Ours is so much more than the floor at most.
    AboveFloor(f64),
    /// Ours is at most so many times the floor.
    TimesFloor(f64),
    /// What is done by hand costs at least so many times as much as ours.
    Faster(f64),
    /// Ours is at most this part of what is done by hand.
    PartOfByHand(f64),
}

use Target::{AboveFloor, AtLeast, AtMost, Faster, PartOfByHand, TimesFloor};

const fn goal(number: u8, target: Target) -> Goal {
    Goal { number: Some(number), target }
}

const fn beyond(target: Target) -> Goal {
    Goal { number: None, target }
}

// 1: encode without allocation, in 100 instructions, 25 times faster than upstream.
pub(crate) const ENCODE_ALLOCATIONS: Goal = goal(1, AtMost(0.0));
pub(crate) const ENCODE_INSTRUCTIONS: Goal = goal(1, AtMost(100.0));
pub(crate) const ENCODE_TIME: Goal = goal(1, Faster(25.0));

// 2: decode with strict validation without allocation, in 320 instructions, 8 times faster.
pub(crate) const DECODE_ALLOCATIONS: Goal = goal(2, AtMost(0.0));
pub(crate) const DECODE_INSTRUCTIONS: Goal = goal(2, AtMost(320.0));
pub(crate) const DECODE_TIME: Goal = goal(2, Faster(8.0));

// 3: inject with the carrier's own allocations, 1.25 times its instructions, 5 times faster than by hand.
pub(crate) const INJECT_ALLOCATIONS: Goal = goal(3, AboveFloor(0.0));
pub(crate) const INJECT_INSTRUCTIONS: Goal = goal(3, TimesFloor(1.25));
pub(crate) const INJECT_TIME: Goal = goal(3, Faster(5.0));

// 4: extract without allocation, with a fifth of the instructions.
pub(crate) const EXTRACT_ALLOCATIONS: Goal = goal(4, AtMost(0.0));
pub(crate) const EXTRACT_COST: Goal = goal(4, Faster(5.0));

// 5: extract among ten headers 20 times faster.
pub(crate) const EXTRACT_AMONG_TEN_TIME: Goal = goal(5, Faster(20.0));

// 6: extract to a `Context` with one allocation, and 3.5 times fewer instructions.
pub(crate) const CONTEXT_ALLOCATIONS: Goal = goal(6, AtMost(1.0));
pub(crate) const CONTEXT_COST: Goal = goal(6, Faster(3.5));

// 7: a tracestate of three: inject with 2 allocations above the carrier's, 2.8 times faster; extract with 7, twice as fast.
pub(crate) const STATE_INJECT_ALLOCATIONS: Goal = goal(7, AboveFloor(2.0));
pub(crate) const STATE_INJECT_TIME: Goal = goal(7, Faster(2.8));
pub(crate) const STATE_EXTRACT_ALLOCATIONS: Goal = goal(7, AtMost(7.0));
pub(crate) const STATE_EXTRACT_TIME: Goal = goal(7, Faster(2.0));

// 8: without an SDK no allocation and 15 ns for a send.
pub(crate) const NO_SDK_ALLOCATIONS: Goal = goal(8, AtMost(0.0));
pub(crate) const NO_SDK_TIME: Goal = goal(8, AtMost(15.0));

// 9: a send under an unsampled parent with 1 allocation and 130 ns beside the header.
pub(crate) const UNSAMPLED_ALLOCATIONS: Goal = goal(9, AboveFloor(1.0));
pub(crate) const UNSAMPLED_TIME: Goal = goal(9, AboveFloor(130.0));

// 10: a sampled send 2.5 times faster than by hand, with 5 allocations. Librdkafka makes three of them for the header.
pub(crate) const SAMPLED_SEND_ALLOCATIONS: Goal = goal(10, AboveFloor(2.0));
pub(crate) const SAMPLED_SEND_ALL_ALLOCATIONS: Goal = goal(10, AtMost(5.0));
pub(crate) const SAMPLED_SEND_TIME: Goal = goal(10, Faster(2.5));

// 11: a sampled receive with 5 allocations beside those of parsing the headers.
pub(crate) const SAMPLED_RECEIVE_ALLOCATIONS: Goal = goal(11, AtMost(5.0));

// 12: the CPU a real client uses more when sampled, send and receive: 0.65 of that by hand.
pub(crate) const CLIENT_CPU: Goal = goal(12, PartOfByHand(0.65));

// 13: 15 more allocations for a sampled send and receive with a real client, 6 of which librdkafka makes for the header.
pub(crate) const CLIENT_ALLOCATIONS: Goal = goal(13, AtMost(9.0));

// 14: sampled sends at 0.92 of the bare client's throughput; beyond it, sampled receives at 0.6.
pub(crate) const SEND_THROUGHPUT: Goal = goal(14, AtLeast(0.92));
pub(crate) const RECEIVE_THROUGHPUT: Goal = beyond(AtLeast(0.6));

// 15: a batch with 45 ns for each message, and no allocation for each. Figures are for a batch of a hundred.
pub(crate) const BATCH_TIME: Goal = goal(15, AtMost(4_500.0));
pub(crate) const BATCH_ALLOCATIONS: Goal = goal(15, AtMost(99.0));

// 17: microseconds of CPU more than the bare client.
pub(crate) const SAMPLED_SEND_CPU: Goal = goal(17, AtMost(0.9));
pub(crate) const UNSAMPLED_SEND_CPU: Goal = goal(17, AtMost(0.35));
pub(crate) const SAMPLED_RECEIVE_CPU: Goal = goal(17, AtMost(0.6));
pub(crate) const UNSAMPLED_RECEIVE_CPU: Goal = goal(17, AtMost(0.25));

// Beyond the goals: what `Received` adds to the client's message.
pub(crate) const RECEIVED_BYTES: Goal = beyond(AtMost(128.0));

impl Goal {
    /// As the table says it.
    pub(crate) fn text(&self) -> String {
        let target = match self.target {
            AtMost(limit) => format!("<= {limit}"),
            AtLeast(limit) => format!(">= {limit}"),
            AboveFloor(limit) => format!("<= floor + {limit}"),
            TimesFloor(limit) => format!("<= {limit} x floor"),
            Faster(limit) => format!("{limit} x by hand"),
            PartOfByHand(limit) => format!("<= {limit} of hand"),
        };
        self.number.map_or_else(|| format!("-   {target}"), |number| format!("{number:<3} {target}"))
    }

    /// Whether the figures, which may be off by `error`, meet the goal; `None` if what it is compared with is missing.
    pub(crate) fn is_met(&self, sides: &Sides, error: f64) -> Option<bool> {
        let ours = sides.ours?;
        Some(match self.target {
            AtMost(limit) => ours <= limit + error,
            AtLeast(limit) => ours >= limit,
            AboveFloor(limit) => ours - sides.floor? <= limit + error,
            TimesFloor(limit) => ours <= limit * sides.floor?,
            Faster(limit) => sides.by_hand? >= limit * ours,
            PartOfByHand(limit) => ours <= limit * sides.by_hand?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_at_its_limit_and_missed_beyond() {
        let sides = Sides { floor: Some(10.0), by_hand: Some(50.0), ours: Some(20.0) };
        for (met, missed) in [
            (AtMost(20.0), AtMost(19.0)),
            (AtLeast(20.0), AtLeast(21.0)),
            (AboveFloor(10.0), AboveFloor(9.0)),
            (TimesFloor(2.0), TimesFloor(1.9)),
            (Faster(2.5), Faster(2.6)),
            (PartOfByHand(0.4), PartOfByHand(0.39)),
        ] {
            assert_eq!(goal(1, met).is_met(&sides, 0.0), Some(true), "{met:?}");
            assert_eq!(goal(1, missed).is_met(&sides, 0.0), Some(false), "{missed:?}");
        }
    }

    #[test]
    fn without_the_other_side_there_is_no_verdict() {
        let sides = Sides { ours: Some(1.0), ..Sides::default() };
        assert_eq!(goal(1, AtMost(0.9)).is_met(&sides, 0.1), Some(true));
        assert_eq!(goal(1, Faster(2.0)).is_met(&sides, 0.0), None);
        assert_eq!(goal(1, AboveFloor(2.0)).is_met(&sides, 0.0), None);
        assert_eq!(goal(1, AtMost(2.0)).is_met(&Sides::default(), 0.0), None);
    }
}
