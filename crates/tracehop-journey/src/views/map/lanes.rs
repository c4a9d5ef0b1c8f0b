//! In which lane each arrow runs that leads back, so that none lies on another one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The lane of each stretch between two layers, both of them included. Lane 0 is next to the map.
///
/// Stretches that meet have different lanes, and one that lies within another one is nearer to the map, so that they do not
/// cross. There are no more lanes than stretches meet at one layer. It takes n log n.
pub(super) fn lanes(stretches: &[(usize, usize)]) -> Vec<usize> {
    let mut order: Vec<(usize, Reverse<usize>, usize)> =
        stretches.iter().enumerate().map(|(place, &(first, last))| (first, Reverse(last), place)).collect();
    order.sort_unstable();
    let mut lanes = vec![0; stretches.len()];
    let mut meeting = Meeting::default();
    for (first, Reverse(last), place) in order {
        if meeting.is_over(first) {
            std::mem::take(&mut meeting).write(&mut lanes);
        }
        meeting.add(last, place);
    }
    meeting.write(&mut lanes);
    lanes
}

/// Stretches each of which meets another one. Their lanes are counted from the farthest one: outer stretches begin first.
#[derive(Default)]
struct Meeting {
    /// Where the stretches end that have not ended yet, and their lanes.
    open: BinaryHeap<Reverse<(usize, usize)>>,
    free: BinaryHeap<Reverse<usize>>,
    lanes: usize,
    placed: Vec<(usize, usize)>,
}

impl Meeting {
    /// Whether all of them end before a layer.
    fn is_over(&mut self, layer: usize) -> bool {
        while let Some(&Reverse((last, lane))) = self.open.peek()
            && last < layer
        {
            self.open.pop();
            self.free.push(Reverse(lane));
        }
        self.open.is_empty()
    }

    fn add(&mut self, last: usize, place: usize) {
        let lane = self.free.pop().map_or(self.lanes, |Reverse(lane)| lane);
        self.lanes = self.lanes.max(lane + 1);
        self.open.push(Reverse((last, lane)));
        self.placed.push((place, lane));
    }

    fn write(self, lanes: &mut [usize]) {
        for (place, lane) in self.placed {
            if let Some(slot) = lanes.get_mut(place) {
                *slot = self.lanes - 1 - lane;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(stretches: &[(usize, usize)], expected: &[usize]) {
        assert_eq!(lanes(stretches), expected, "{stretches:?}");
    }

    #[test]
    fn stretches_that_do_not_meet_share_the_nearest_lane() {
        check(&[], &[]);
        check(&[(3, 4), (0, 2)], &[0, 0]);
        check(&[(0, 2), (2, 3)], &[1, 0]);
    }

    #[test]
    fn inner_stretches_are_nearer_to_the_map() {
        check(&[(0, 9), (1, 2), (4, 8), (5, 6), (11, 12)], &[2, 1, 1, 0, 0]);
        check(&[(1, 1), (1, 1), (0, 1)], &[1, 0, 2]);
    }

    proptest! {
        #[test]
        fn stretches_that_meet_have_different_lanes_and_no_lane_is_for_nothing(
            ends in prop::collection::vec((0..20_usize, 0..8_usize), 0..80),
        ) {
            let stretches: Vec<(usize, usize)> = ends.into_iter().map(|(first, long)| (first, first + long)).collect();
            let lanes = lanes(&stretches);
            let meet = |a: (usize, usize), b: (usize, usize)| a.0 <= b.1 && b.0 <= a.1;
            for (place, &one) in stretches.iter().enumerate() {
                for (other, _) in stretches[..place].iter().enumerate().filter(|(_, other)| meet(**other, one)) {
                    prop_assert_ne!(lanes[place], lanes[other], "{:?}", stretches);
                }
            }
            let most = (0..30).map(|at| stretches.iter().filter(|it| meet(**it, (at, at))).count()).max();
            let used = lanes.iter().max().map_or(0, |lane| lane + 1);
            prop_assert_eq!(Some(used), most, "{:?}", stretches);
        }
    }

    #[test]
    fn a_hundred_thousand_stretches_are_quick() {
        let stretches: Vec<(usize, usize)> =
            (0..100_000).map(|place| (place % 300, 300 + place % 500)).collect();
        assert_eq!(lanes(&stretches).into_iter().max(), Some(99_999));
    }
}
