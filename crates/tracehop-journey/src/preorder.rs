//! The order in which places of a forest are shown.

use crate::forest::{Forest, Origin, Root};

/// A place of a [`Forest`] to be shown, and where in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub place: usize,
    /// How deep it stands below the places that come after nothing.
    pub depth: usize,
    /// Whether nothing follows at the same place of the tree.
    pub is_last: bool,
    /// Why the places of its root have nothing before them.
    pub origin: Origin,
    /// Whether it is the first place of its root.
    pub is_first: bool,
}

/// Walks through a forest: each place comes before those that come after it, and those are together.
#[derive(Clone, Debug)]
pub struct Preorder<'a> {
    tree: &'a Forest,
    roots: std::slice::Iter<'a, Root>,
    /// An explicit stack, because a hostile trace may be deeper than the thread's stack.
    stack: Vec<Step>,
}

impl Forest {
    /// All places, each one before those that come after it, and these together.
    pub fn steps(&self) -> Preorder<'_> {
        Preorder { tree: self, roots: self.roots().iter(), stack: Vec::new() }
    }
}

impl Preorder<'_> {
    fn push_reversed(&mut self, places: &[usize], depth: usize, origin: Origin) {
        let steps = places.iter().rev().enumerate();
        self.stack.extend(steps.map(|(from_last, &place)| Step {
            place,
            depth,
            is_last: from_last == 0,
            origin,
            is_first: false,
        }));
    }
}

impl Iterator for Preorder<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let mut is_first = false;
        while self.stack.is_empty() {
            let root = self.roots.next()?;
            self.push_reversed(&root.places, 0, root.origin);
            is_first = true;
        }
        let step = self.stack.pop()?;
        let tree = self.tree;
        self.push_reversed(tree.after(step.place), step.depth + 1, step.origin);
        Some(Step { is_first, ..step })
    }
}
