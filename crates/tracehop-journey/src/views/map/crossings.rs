//! The order of nodes within their layers, so that few arrows cross.

use std::cmp::Ordering;

/// How often the layers are put in order from left to right and back. More of it changes little.
const SWEEPS: usize = 12;

/// Items in layers. Arrows lead from one layer to the next one.
pub(super) struct Layered {
    /// The items of each layer, from top to bottom.
    pub(super) layers: Vec<Vec<usize>>,
    /// What leads to each item.
    pub(super) before: Vec<Vec<usize>>,
    /// Where each item leads to.
    pub(super) after: Vec<Vec<usize>>,
}

impl Layered {
    /// Puts each item near the barycentre of its neighbours, back and forth, and keeps the best order that comes up.
    pub(super) fn reduce_crossings(&mut self) {
        let mut best = (self.crossings(), self.layers.clone());
        for sweep in 0..SWEEPS {
            if best.0 == 0 {
                break;
            }
            let forwards = sweep % 2 == 0;
            let layers = self.layers.len();
            for layer in 1..layers {
                let layer = if forwards { layer } else { layers - 1 - layer };
                self.sort(layer, forwards);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.layers.clone());
            }
        }
        self.layers = best.1;
    }

    /// The place of each item in its layer.
    pub(super) fn ranks(&self) -> Vec<usize> {
        let mut ranks = vec![0; self.before.len()];
        for layer in &self.layers {
            for (rank, &item) in layer.iter().enumerate() {
                if let Some(slot) = ranks.get_mut(item) {
                    *slot = rank;
                }
            }
        }
        ranks
    }

    fn sort(&mut self, layer: usize, forwards: bool) {
        let ranks = self.ranks();
        let neighbours = if forwards { &self.before } else { &self.after };
        let Some(items) = self.layers.get_mut(layer) else { return };
        let mut placed: Vec<(f64, usize)> = items
            .iter()
            .map(|&item| {
                let own = ranks.get(item).copied().unwrap_or(0);
                let near = neighbours.get(item).into_iter().flatten().filter_map(|&near| ranks.get(near));
                (mean(near.map(|&rank| to_f64(rank))).unwrap_or(to_f64(own)), item)
            })
            .collect();
        // It is stable: equals keep their order.
        placed.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal));
        *items = placed.into_iter().map(|(_, item)| item).collect();
    }

    /// How many pairs of arrows cross.
    pub(super) fn crossings(&self) -> u64 {
        let ranks = self.ranks();
        let rank = |item: &usize| ranks.get(*item).copied().unwrap_or(0);
        let mut crossings = 0;
        for (layer, next) in self.layers.iter().zip(self.layers.iter().skip(1)) {
            let mut seen = Counts::new(next.len());
            for item in layer {
                let mut ends: Vec<usize> = self.after.get(*item).into_iter().flatten().map(rank).collect();
                // Arrows of one item do not cross each other.
                crossings += ends.iter().map(|&end| seen.above(end)).sum::<u64>();
                ends.drain(..).for_each(|end| seen.add(end));
            }
        }
        crossings
    }
}

/// How many values there are above another one: a Fenwick tree.
struct Counts {
    tree: Vec<u64>,
    all: u64,
}

impl Counts {
    fn new(values: usize) -> Self {
        Self { tree: vec![0; values + 1], all: 0 }
    }

    fn add(&mut self, value: usize) {
        self.all += 1;
        let mut at = value + 1;
        while let Some(slot) = self.tree.get_mut(at) {
            *slot += 1;
            at += at & at.wrapping_neg();
        }
    }

    fn above(&self, value: usize) -> u64 {
        let mut up_to = 0;
        let mut at = value + 1;
        while at > 0 {
            up_to += self.tree.get(at).copied().unwrap_or(0);
            at &= at - 1;
        }
        self.all - up_to
    }
}

/// The mean, or `None` of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// A place as a number: there are a few thousand.
pub(super) fn to_f64(place: usize) -> f64 {
    u32::try_from(place).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two layers, each in the order of its items' numbers: 0.. on the left, then the rest on the right.
    fn two_layers(left: usize, right: usize, arrows: &[(usize, usize)]) -> Layered {
        let items = left + right;
        let mut layered = Layered {
            layers: vec![(0..left).collect(), (left..items).collect()],
            before: vec![Vec::new(); items],
            after: vec![Vec::new(); items],
        };
        for &(from, to) in arrows {
            layered.after[from].push(to);
            layered.before[to].push(from);
        }
        layered
    }

    fn check(left: usize, right: usize, arrows: &[(usize, usize)], before: u64, after: u64) {
        let mut layered = two_layers(left, right, arrows);
        assert_eq!(layered.crossings(), before, "{arrows:?}");
        layered.reduce_crossings();
        assert_eq!(layered.crossings(), after, "{arrows:?}");
    }

    #[test]
    fn arrows_that_need_not_cross_do_not_cross() {
        check(2, 2, &[(0, 2), (1, 3)], 0, 0);
        check(2, 2, &[(0, 3), (1, 2)], 1, 0);
        check(3, 3, &[(0, 5), (1, 4), (2, 3)], 3, 0);
        check(1, 3, &[(0, 3), (0, 2), (0, 1)], 0, 0);
        check(3, 1, &[(0, 3), (1, 3), (2, 3)], 0, 0);
    }

    #[test]
    fn arrows_that_must_cross_cross_once() {
        check(2, 2, &[(0, 2), (0, 3), (1, 2), (1, 3)], 1, 1);
    }
}
