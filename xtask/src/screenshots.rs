//! `cargo xtask screenshots`: the pictures of the page in `docs/images`, by a program of the package in
//! `integration-tests/browser`.

use std::process::Command;

use anyhow::ensure;

use crate::executables;
use crate::workspace::root;

/// Where the pictures are, from the workspace's root.
const INTO: &str = "docs/images";

pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    let surplus: Vec<String> = arguments.into_iter().collect();
    ensure!(surplus.is_empty(), "{:?} is not understood; there are no options", surplus.join(" "));
    println!("building the programs");
    let [tracehop, screenshots] = executables::build(["tracehop", "screenshots"])?;
    let mut command = Command::new(screenshots);
    command.arg(root().join(INTO)).env("TRACEHOP_PROGRAM", tracehop);
    ensure!(command.status()?.success(), "the pictures cannot be made");
    Ok(())
}
