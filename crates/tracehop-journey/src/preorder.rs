//! The order in which the spans of a journey are shown.

use crate::tree::{Origin, Root, Tree};

/// A span to be shown, and where in the tree.
pub(crate) struct Step {
    pub(crate) place: usize,
    /// How deep it stands below the spans that come after nothing recorded.
    pub(crate) depth: usize,
    /// Whether nothing follows at the same place of the tree.
    pub(crate) is_last: bool,
    /// Why the spans of its root have nothing before them.
    pub(crate) origin: Origin,
    /// Whether it is the first span of its root.
    pub(crate) is_first: bool,
}

/// Walks through a tree: each span comes before those that come after it, and those are together.
pub(crate) struct Preorder<'a> {
    tree: &'a Tree,
    roots: std::slice::Iter<'a, Root>,
    /// An explicit stack, because a hostile trace may be deeper than the thread's stack.
    stack: Vec<Step>,
}

impl<'a> Preorder<'a> {
    pub(crate) fn of(tree: &'a Tree) -> Self {
        Self { tree, roots: tree.roots().iter(), stack: Vec::new() }
    }

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
            self.push_reversed(&root.spans, 0, root.origin);
            is_first = true;
        }
        let step = self.stack.pop()?;
        let tree = self.tree;
        self.push_reversed(tree.after(step.place), step.depth + 1, step.origin);
        Some(Step { is_first, ..step })
    }
}
