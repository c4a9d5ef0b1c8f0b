//! How far to the right each node of a graph stands.

/// The longest way to each node, over the arrows that close no cycle.
///
/// Cycles are cut where a walk from the nodes that nothing leads to, and then from the first ones, comes back to itself. So the
/// same graph always has the same layers. It takes linear time and no recursion.
pub(super) fn layers(nodes: usize, arrows: impl IntoIterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut targets: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    let mut is_source = vec![true; nodes];
    for (from, to) in arrows {
        if let (Some(targets), Some(is_source)) = (targets.get_mut(from), is_source.get_mut(to)) {
            targets.push(to);
            *is_source = false;
        }
    }
    for targets in &mut targets {
        targets.sort_unstable();
        targets.dedup();
    }
    let (sources, others): (Vec<usize>, Vec<usize>) =
        (0..nodes).partition(|&node| is_source.get(node).copied().unwrap_or_default());
    let mut walk = Walk { targets, state: vec![State::New; nodes], done: Vec::new(), kept: Vec::new() };
    for start in sources.into_iter().chain(others) {
        walk.from(start);
    }
    let mut layers = vec![0; nodes];
    let mut kept: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    for (from, to) in walk.kept {
        if let Some(kept) = kept.get_mut(from) {
            kept.push(to);
        }
    }
    // A node is done after all that it leads to.
    for from in walk.done.into_iter().rev() {
        let next = layers.get(from).copied().unwrap_or(0) + 1;
        for to in kept.get(from).into_iter().flatten() {
            if let Some(layer) = layers.get_mut(*to) {
                *layer = next.max(*layer);
            }
        }
    }
    layers
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the way from the start to where the walk is.
    Open,
    Done,
}

/// A walk in depth.
struct Walk {
    targets: Vec<Vec<usize>>,
    state: Vec<State>,
    done: Vec<usize>,
    /// The arrows that close no cycle.
    kept: Vec<(usize, usize)>,
}

impl Walk {
    fn from(&mut self, start: usize) {
        if self.of(start) != State::New {
            return;
        }
        let mut stack = vec![(start, 0)];
        self.set(start, State::Open);
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            let target = self.targets.get(node).and_then(|targets| targets.get(*next)).copied();
            *next += 1;
            let Some(target) = target else {
                self.set(node, State::Done);
                self.done.push(node);
                stack.pop();
                continue;
            };
            let state = self.of(target);
            if state != State::Open {
                self.kept.push((node, target));
            }
            if state == State::New {
                self.set(target, State::Open);
                stack.push((target, 0));
            }
        }
    }

    fn of(&self, node: usize) -> State {
        self.state.get(node).copied().unwrap_or(State::Done)
    }

    fn set(&mut self, node: usize, state: State) {
        if let Some(slot) = self.state.get_mut(node) {
            *slot = state;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arrows: &[(usize, usize)], expected: &[usize]) {
        assert_eq!(layers(expected.len(), arrows.iter().copied()), expected, "{arrows:?}");
    }

    #[test]
    fn a_node_stands_behind_the_longest_way_to_it() {
        check(&[], &[]);
        check(&[], &[0, 0]);
        check(&[(0, 1), (1, 2)], &[0, 1, 2]);
        check(&[(0, 1), (1, 2), (0, 2), (0, 3)], &[0, 1, 2, 1]);
        check(&[(2, 1), (1, 0)], &[2, 1, 0]);
    }

    #[test]
    fn a_cycle_is_cut_where_the_walk_comes_back() {
        check(&[(0, 1), (1, 0)], &[0, 1]);
        check(&[(0, 1), (1, 2), (2, 0)], &[0, 1, 2]);
        check(&[(0, 0)], &[0]);
        // The source comes first, though its number is the highest.
        check(&[(0, 1), (1, 2), (2, 0), (3, 1)], &[3, 1, 2, 0]);
    }

    #[test]
    fn what_is_not_there_is_ignored() {
        check(&[(0, 7), (7, 0)], &[0]);
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let nodes = 100_000;
        let layers = layers(nodes, (0..nodes).map(|node| (node, (node + 1) % nodes)));
        assert_eq!(layers.last(), Some(&(nodes - 1)));
    }
}
