//! `cargo xtask bench-view`: what `tracehop view` takes in, holds and shows, measured by the package in `benchmarks/viewer`.

use anyhow::{Context, ensure};

use crate::executables;
use crate::workspace::{cargo_command, root};

pub(crate) fn run(arguments: impl IntoIterator<Item = String>) -> anyhow::Result<()> {
    println!("building the programs");
    let packages = ["--package", "tracehop-cli", "--package", "view-load", "--bins"];
    let mut build = cargo_command();
    build.args(["build", "--release", "--locked"]).args(packages);
    let messages = executables::run(&mut build)?;
    let executable =
        |name| executables::executable(&messages, name).with_context(|| format!("cargo built no {name}"));
    let mut command = std::process::Command::new(executable("view-load")?);
    command.current_dir(root()).env("TRACEHOP_PROGRAM", executable("tracehop")?).args(arguments);
    ensure!(command.status()?.success(), "the measurements failed");
    Ok(())
}
