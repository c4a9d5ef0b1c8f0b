//! `cargo xtask tidy`: the rules of the tree that no lint knows. They are the invariants of `ARCHITECTURE.md`.
//!
//! - [`rules`]: what may not stand in a line, and where it may.
//! - [`circles`], [`layers`]: which files may import which. Both look at [`imports`]: at what [`names`] makes of the paths
//!   in the modules of each [`program`], as found by [`reading`] its files.
//! - [`registry`]: whether the registry has what the crates name.
//! - [`tree`]: the files.

mod circles;
mod imports;
mod layers;
mod mention;
mod names;
mod program;
mod reading;
mod registry;
mod rules;
mod tokens;
mod tree;

use anyhow::ensure;

use crate::workspace::{read, root};
use tree::Tree;

pub(crate) fn run() -> anyhow::Result<()> {
    let tree = Tree::read(&root())?;
    let mut found = problems(&tree)?;
    found.extend(registry::check(&tree, &read(&root().join(registry::PATH))?));
    for problem in &found {
        eprintln!("{problem}");
    }
    ensure!(found.is_empty(), "the tree is not tidy: {} faults", found.len());
    Ok(())
}

fn problems(tree: &Tree) -> anyhow::Result<Vec<String>> {
    let mut found = rules::check(tree);
    let graph = imports::of(tree)?;
    found.extend(circles::check(&graph));
    found.extend(layers::check(tree, &graph));
    Ok(found)
}
